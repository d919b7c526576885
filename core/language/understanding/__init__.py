"""Understanding: a text and what the conversation is about → an intent with its names, by grammar, in each language."""

from core.language.understanding.understand import understand

__all__ = ["understand"]
