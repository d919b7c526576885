"""Words: what a question asks, the composer's answers, RAP's prompt for a language model."""
