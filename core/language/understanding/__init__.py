"""Understanding: a text and what the conversation is about → an intent with its names, by grammar, in each language."""

from core.language.understanding.caution import cautious
from core.language.understanding.introduced import introduced
from core.language.understanding.kinds import kind_said
from core.language.understanding.understand import understand

__all__ = ["cautious", "introduced", "kind_said", "understand"]
