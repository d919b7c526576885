"""How answers are written: the host's choices, without a model library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Writing:
    """Wording, length and liveliness of answers.

    `style` is "chat" for the model's own chat template, "rap-v1" or "rap-v0" for RAP's prompt in Vicuna's
    conversation, or "auto": RAP's for checkpoints in LLaVA's layout, the template otherwise. `seconds` is the
    longest an answer may take, `batch` how many are written together, `kept_tokens` how much of earlier
    questions and answers stays in memory for those that follow.
    """

    style: str = "auto"
    max_tokens: int = 400
    temperature: float = 0.2
    seconds: float = 60.0
    batch: int = 8
    kept_tokens: int = 8192
