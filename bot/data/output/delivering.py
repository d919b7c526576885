"""The last step of a build: what people left out goes, the rest is written in each layout, and the card tells of it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from bot.data.output.card import BuildFacts, write_card
from bot.data.output.counting import ShareGoals
from bot.data.output.folder import FOLDER, MISSING, installed, write_folder
from bot.data.output.judging import Judgements
from bot.data.prompts import Style
from bot.data.records import Split
from bot.data.samples import Sample, Value, write_samples
from bot.data.steps import REFUSED, Refusal, write_lines
from bot.data.teacher.ledger import read_account
from core.errors import ConfigError

SAMPLES = "samples"
"""What the refusals of samples are filed under."""


class OutputOptions(Value):
    """What is written beside RAP's layout."""

    datasets: bool | None = Field(None, description="A folder for trainers; by default where the library is installed.")
    style: Style = Field("rap", description="Its words: RAP's layout, or chat messages for other models.")

    def check(self) -> None:
        """Raise `ConfigError` now, not after hours, where the folder can't be written."""
        if self.datasets and not installed():
            raise ConfigError(MISSING)


def deliver(
    out: Path,
    samples: Mapping[Split, Sequence[Sample]],
    refusals: Mapping[str, Sequence[Refusal]],
    notes: Sequence[str],
    plan: Mapping[str, Any],
    progress: Callable[[int, int], None] = lambda *_: None,
) -> tuple[dict[Split, tuple[Sample, ...]], tuple[Refusal, ...]]:
    """Write a build's samples and its card; those that are left, and the refusals of samples.

    `refusals` are all steps', `plan` the build's options, of which `output` are `OutputOptions`. `progress` hears how
    many samples the trainers' folder has, and of how many. Blocking. Raises `DataError`, `ConfigError`.
    """
    options = OutputOptions.model_validate(plan.get("output", {}))
    options.check()
    judgements, kept = Judgements(out), dict[Split, tuple[Sample, ...]]()
    refused = [*refusals.get(SAMPLES, ())]
    for split, some in samples.items():
        left, by_hand = judgements.apply(some)
        kept[split] = tuple(left)
        refused += by_hand
        write_samples(out / "rap" / f"{split}.json", left)
    write_lines(out / f"{SAMPLES}.{REFUSED}.jsonl", refused)
    if options.datasets or (options.datasets is None and installed()):
        total = sum(map(len, kept.values()))
        write_folder(out, kept, options.style, lambda done: progress(done, total))
    else:
        shutil.rmtree(out / FOLDER, ignore_errors=True)  # it has the samples of an earlier build
    counts = {step: Counter(one.reason for one in some) for step, some in {**refusals, SAMPLES: refused}.items()}
    account = read_account(out)
    facts = BuildFacts(
        options=plan,
        refusals={**counts, "the teacher's answers": account.left_out},
        notes=tuple(notes),
        spent={name: one.model_dump() for name, one in account.spent.items()},
        goals=ShareGoals.model_validate({key: one for key, one in plan.get("mix", {}).items() if key in _GOALS}),
    )
    write_card(out, kept, facts)
    return kept, tuple(refused)


_GOALS = ShareGoals.model_fields
