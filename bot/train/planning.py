"""What a run learns from, in which sequences, and what it leaves out and why: made once, kept in the run's folder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.data.samples import Sample
from bot.data.steps import write_whole
from bot.train.inputs import Reader, Turns
from core.errors import ConfigError, DataError

Item = tuple[Sample, Turns]
"""A sample and the turns of it that are learnt from in one sequence."""

Progress = Callable[[str, int, int, str], None]
"""Hears what is being done, how much of it is, of how much, and a remark such as the loss."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What can be learnt from, and how many questions can't be, by reason."""

    items: tuple[Item, ...]
    refused: dict[str, int]


def select(reader: Reader, samples: Sequence[Sample], out: Path, name: str, progress: Progress) -> Selection:
    """The sequences of all samples; `NAME.plan.jsonl` in `out` has them, `NAME.refused.jsonl` each question left out.

    A plan that is there already counts, with the samples that it was made of.
    """
    plan, refusals = out / f"{name}.plan.jsonl", out / f"{name}.refused.jsonl"
    if not plan.is_file():
        sequences: list[str] = []
        refused: list[str] = []
        for number, sample in enumerate(samples):
            progress(f"reading the samples ({name})", number + 1, len(samples), "")
            try:
                together, unusable = reader.sequences(sample)
            except DataError as error:
                reason = {"sample": sample.id, "reason": "a picture can't be read", "detail": str(error)}
                refused += [json.dumps({**reason, "turn": turn}) for turn in range(len(sample.turns))]
                continue
            sequences += [json.dumps({"number": number, "sample": sample.id, "turns": turns}) for turns in together]
            for turn, why in unusable:
                told = {"sample": sample.id, "reason": why.reason, "detail": why.detail, "turn": turn}
                refused.append(json.dumps(told))
        write_whole(refusals, "".join(f"{line}\n" for line in refused))
        write_whole(plan, "".join(f"{line}\n" for line in sequences))
    lines = [json.loads(line) for line in plan.read_text("utf-8").splitlines()]
    items = tuple((samples[line["number"]], tuple(line["turns"])) for line in lines)
    reasons = [json.loads(line)["reason"] for line in refusals.read_text("utf-8").splitlines()]
    return Selection(items, dict(Counter(reasons)))


def check_same(file: Path, told: dict[str, object]) -> None:
    """Note what a run is of, or compare with what is noted there. Raises `ConfigError` for another one."""
    if not file.is_file():
        write_whole(file, json.dumps(told, indent=1))
        return
    before = json.loads(file.read_text("utf-8"))
    if wrong := [name for name in told if before.get(name) != told[name]]:
        changes = ", ".join(f"{name} was {before.get(name)!r}, now {told[name]!r}" for name in wrong)
        raise ConfigError(f"{file.parent} holds a run with something else ({changes}): choose another folder.")
