"""One file per model family; nothing else imports a model library."""
