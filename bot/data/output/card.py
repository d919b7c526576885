"""The data card: what a build is made of, in figures (`card.json`) and as a page for people and hubs (`README.md`)."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import Field

from bot import __version__
from bot.data.lengths import LengthOptions
from bot.data.output.card_page import page
from bot.data.output.counting import Counts, ShareGoals
from bot.data.output.folder import FOLDER
from bot.data.records import Split
from bot.data.samples import SEVERAL_SOURCES, Provenance, Sample, Value
from bot.data.sources.withdrawing import CHATS
from bot.data.steps import write_whole

CARD, FIGURES = "README.md", "card.json"
_LIBRARIES = ("pillow", "numpy", "datasets", "pydantic")


class BuildFacts(Value):
    """What a card tells beside the samples.

    `options` are the build's by section, with their seeds; `refusals` counts by step and reason, `notes` sentences
    about what fell short, `spent` what each teacher has cost (any figures, by its name).
    """

    options: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    refusals: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    spent: Mapping[str, Mapping[str, float]] = Field(default_factory=dict)
    goals: ShareGoals = ShareGoals()


def is_private(told: Provenance) -> bool:
    """Whether a sample is made of what the members of a chat gave for training, and so must not be published."""
    return CHATS in told.source.split(SEVERAL_SOURCES)


def write_card(
    out: Path, samples: Mapping[Split, Iterable[Sample]], facts: BuildFacts, now: datetime | None = None
) -> dict[str, Any]:
    """Write `out`/README.md and `out`/card.json of a build's samples by split; the figures. Blocking, in one pass."""
    counts, private = dict[Split, Counts](), Counter[Split]()
    for split, some in samples.items():
        counts[split] = Counts()
        for one in some:
            counts[split].add(one)
            private[split] += is_private(one.provenance)
    figures = {
        "made": f"{now or datetime.now(UTC):%Y-%m-%d}",
        "versions": versions(),
        "seeds": {
            name: one["seed"] for name, one in facts.options.items() if isinstance(one, Mapping) and "seed" in one
        },
        "goals": facts.goals.model_dump(),
        "private_samples": dict(private),
        "splits": {split: figures_of(one, facts.goals) for split, one in counts.items()},
        "refusals": {step: dict(some) for step, some in facts.refusals.items()},
        "notes": list(facts.notes),
        "spent": {teacher: dict(some) for teacher, some in facts.spent.items()},
        "options": dict(facts.options),
    }
    told = page(figures, out.resolve().name, trainers=(out / FOLDER).is_dir())
    for name, text in ((FIGURES, json.dumps(figures, indent=1, ensure_ascii=False) + "\n"), (CARD, told)):
        write_whole(out / name, text)
    return figures


def length_of(out: Path, max_length: int | None = None, picture_tokens: int | None = None) -> LengthOptions:
    """How long a sample may be: as is given, as it was in the build of this folder, or usually."""
    try:
        mix = json.loads((out / FIGURES).read_text("utf-8"))["options"]["mix"]
        usual = LengthOptions.model_validate({name: mix[name] for name in LengthOptions.model_fields})
    except (OSError, ValueError, KeyError, TypeError):
        usual = LengthOptions()
    return LengthOptions(
        max_length=max_length or usual.max_length, picture_tokens=picture_tokens or usual.picture_tokens
    )


def figures_of(counts: Counts, goals: ShareGoals) -> dict[str, Any]:
    """The figures of one split."""
    whole = {"samples": counts.samples, "subjects": counts.subjects, "turns": counts.turns}
    whole |= {"pictures": counts.pictures, "with_a_photo": counts.with_image}
    shares = {what: {"share": round(share, 4), "goal": goals.of(what)} for what, share in counts.shares.items()}
    return {**whole, "shares": shares, **{f"by_{name}": dict(some.most_common()) for name, some in counts.by.items()}}


def versions() -> dict[str, str]:
    """The versions of what had a part in a build."""
    found = {"rapport": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def goals_of(out: Path) -> ShareGoals:
    """The goals that a build in this folder had, or the usual ones."""
    try:
        return ShareGoals.model_validate(json.loads((out / FIGURES).read_text("utf-8"))["goals"])
    except (OSError, ValueError, KeyError, TypeError):
        return ShareGoals()
