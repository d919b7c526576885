"""Vision-language models on this machine, through transformers: loading, wording, decoding in batches."""
