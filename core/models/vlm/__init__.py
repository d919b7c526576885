"""A vision-language model on this machine, through transformers: loading, prompt templates, continuous batching.

`TransformersGenerator` imports torch when it is first used, not before.
"""

from core.models.vlm.generator import TransformersGenerator

__all__ = ["TransformersGenerator"]
