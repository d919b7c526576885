"""Options of generation, without importing a model library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """Prompt style, length and sampling of answers.

    `style` is "chat" for the model's own chat template, "rap-v1" or "rap-v0" for RAP's prompt in Vicuna's
    conversation, or "auto": RAP's for checkpoints in LLaVA's layout, the template otherwise. `seconds` is the
    longest an answer may take, `batch` how many are decoded together, `kept_tokens` how many tokens of earlier
    questions and answers stay in the prefix cache.
    """

    style: str = "auto"
    max_tokens: int = 400
    temperature: float = 0.2
    seconds: float = 60.0
    batch: int = 8
    kept_tokens: int = 8192
