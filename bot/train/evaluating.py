"""`eval caption|recognise|qa` while a model is being trained: the bot's whole way, with the model as it is by then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from rich.progress import Progress
from transformers import TrainerCallback

from bot.build.models import Models, generator_over
from bot.config import Config
from bot.evaluation.data.datasets import Collection
from bot.evaluation.experiments import caption, choices, recognise
from bot.evaluation.harness.answering import QuestionPlan
from bot.evaluation.harness.environment import environment
from bot.evaluation.harness.report import Report
from bot.train.curve import Curve
from bot.train.profiles import Profile
from core.models.options import GeneratorOptions
from core.models.vlm.loading import Loaded

_EXPERIMENTS: dict[str, Callable[..., Awaitable[Report]]] = {
    "caption": caption.measure,
    "recognise": recognise.measure,
    "qa": choices.measure,
}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Labelled photos to measure on, and what sees; the generator of `models` is not asked.

    Of each concept one photo is remembered and at most `photos` are asked about; answers have at most `tokens`.
    """

    collection: Collection
    config: Config
    models: Models
    photos: int = 1
    tokens: int = 64


class Evaluating(TrainerCallback):
    """Measures every so many steps and after the last one, and adds the tables to the learning curve."""

    def __init__(self, evaluation: Evaluation, loaded: Loaded, profile: Profile, curve: Curve, out: Path) -> None:
        self._evaluation, self._loaded, self._profile = evaluation, loaded, profile
        self._curve, self._out = curve, out

    def on_step_end(self, _args: Any, state: Any, _control: Any, model: Any = None, **_: Any) -> None:
        """See `TrainerCallback`."""
        due = state.global_step % self._profile.eval_steps == 0 or state.global_step == state.max_steps
        if not due or not state.is_world_process_zero:
            return
        model.eval()
        model.config.use_cache = True
        try:
            tables = asyncio.run(self._measured(state.global_step))
        finally:
            model.config.use_cache = False
            if hasattr(self._loaded.model.model, "rope_deltas"):
                self._loaded.model.model.rope_deltas = None  # made in inference mode, of no use for a gradient
            model.train()
        self._curve.measured(state.global_step, tables)

    async def _measured(self, step: int) -> dict[str, Any]:
        """The rows of each experiment by the kind of retrieval, beginning with how the bot itself retrieves."""
        chosen = self._evaluation
        options = GeneratorOptions(
            kind="transformers",
            model=str(self._out.resolve()),
            revision=f"step {step}",  # answers of another step are other answers
            prompt=self._profile.prompt,
            max_tokens=chosen.tokens,
            temperature=0,
            timeout=600,
            kept_tokens=0,
        )
        models = replace(chosen.models, generator=generator_over(self._as_trained, options))
        tables: dict[str, Any] = {}
        with Progress(disable=True) as progress:
            async with environment(chosen.config, models, self._out / "evaluation.db", progress) as parts:
                for name, measure in _EXPERIMENTS.items():
                    plan = QuestionPlan(photos=chosen.photos)
                    report = await measure(parts.answerer, chosen.collection, plan, progress)
                    heading, *figures = report.rows[0]
                    tables[name] = {str(row[heading]): {one: row[one] for one in figures} for row in report.rows}
        return tables

    def _as_trained(self) -> Loaded:
        """Called on the generator's thread, which computes from here on in the number type that training does."""
        if self._profile.precision != "fp32":
            dtype = torch.bfloat16 if self._profile.precision == "bf16" else torch.float16
            torch.autocast(self._loaded.model.device.type, dtype).__enter__()
        return self._loaded
