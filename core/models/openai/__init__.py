"""A generator behind any OpenAI-compatible server."""
