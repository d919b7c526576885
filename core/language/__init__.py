"""Words: what a question asks, answers composed without a model, RAP's prompt for a language model.

`Composer` is the generator that needs no model.
"""

from core.language.composer import Composer

__all__ = ["Composer"]
