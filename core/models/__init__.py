"""One file per model family; nothing else in the house imports a model library."""
