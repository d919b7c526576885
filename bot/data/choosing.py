"""Which exchanges become samples, so that the kinds and the negatives have their shares."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from bot.data.records import Exchange
from bot.data.samples import Kind, Value
from bot.data.steps import Refusal

_RAP = {  # thousands of RAP-260K: grounding 100, recognition 40, caption and description 37, questions 16, LLaVA 67
    Kind.GROUNDING: 80.0,
    Kind.RECOGNITION: 36.0,
    Kind.CAPTION: 18.0,
    Kind.DESCRIPTION: 13.0,
    Kind.SEVERAL: 30.0,  # of its grounding, recognition and captions: those about more than one
    Kind.QUESTION: 12.0,
    Kind.TEXT: 4.0,
    Kind.INSTRUCTION: 67.0,
}
# Templates can make any number of these; the others are as many as sources, teacher and files have.
_PLENTY = (Kind.GROUNDING, Kind.RECOGNITION, Kind.CAPTION, Kind.DESCRIPTION)
_WHY = {
    Kind.INSTRUCTION: "instructions.file names a file of them",
    Kind.QUESTION: "a teacher writes more questions",
    Kind.TEXT: "a teacher writes more questions",
    Kind.GROUNDING: "photos in which the subject is a part have boxes to ask for",
    Kind.SEVERAL: "together.share makes more pictures of several",
}


class ShareOptions(Value):
    """The shares of the kinds, and how many samples have several concepts, or only wrong ones."""

    seed: int = 0
    samples: int = Field(0, ge=0, description="How many are made, at most; 0: as many as the shares allow.")
    shares: dict[Kind, float] = Field(
        default_factory=lambda: dict(_RAP), description="How much of each kind, beside each other."
    )
    only_wrong: float = Field(0.25, ge=0, le=1, description="Of the samples: those with wrong concepts only.")


@dataclass(frozen=True, slots=True)
class Choice:
    """The exchanges that are used, those that are left over, and sentences about shares that could not be met."""

    exchanges: tuple[Exchange, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]


def chosen(exchanges: Sequence[Exchange], options: ShareOptions) -> Choice:
    """Choose as many exchanges as the shares allow, by a hash of their ids: the same ones as others come and go.

    A kind of which there are too few gets what there is, and the others their share beside it.
    """
    groups = defaultdict[tuple[Kind, bool], list[Exchange]](list)
    for one in sorted(exchanges, key=lambda one: _drawn(options.seed, one.id)):
        groups[one.kind, one.without].append(one)
    there = {kind: len(groups[kind, False]) for kind in Kind}
    wrong = {kind: len(groups[kind, True]) if options.only_wrong else 0 for kind in Kind}
    weights = {kind: share for kind, share in options.shares.items() if share and there[kind] + wrong[kind]}
    quotas = quotas_of(weights, there, wrong, options)
    wanted = wrong_quotas(quotas, there, wrong, math.ceil(options.only_wrong * sum(quotas.values())))
    used = [
        one
        for kind, quota in quotas.items()
        for one in (*groups[kind, True][: wanted[kind]], *groups[kind, False][: quota - wanted[kind]])
    ]
    ids = {one.id for one in used}
    left = tuple(Refusal(of=one.id, reason="more than its share") for one in exchanges if one.id not in ids)
    used.sort(key=lambda one: _drawn(options.seed + 1, one.id))
    return Choice(tuple(used), left, tuple(_notes(used, there, wrong, options)))


def _drawn(seed: int, id: str) -> bytes:
    return hashlib.blake2b(f"{seed} {id}".encode(), digest_size=8).digest()


def quotas_of(
    weights: Mapping[Kind, float], there: Mapping[Kind, int], wrong: Mapping[Kind, int], options: ShareOptions
) -> dict[Kind, int]:
    """How many of each kind: what the kinds that templates make allow, less where there isn't so much."""
    whole = sum(weights.values())
    # Of the kinds that have exchanges for wrong concepts only, this part must be such.
    able = sum(weight for kind, weight in weights.items() if wrong[kind])
    part = min(0.9, options.only_wrong * whole / able) if able else 0.0
    limits = dict[Kind, float]()
    for kind, weight in weights.items():
        if kind in _PLENTY or not weights.keys() & set(_PLENTY):
            share = weight / whole
            allowed = [there[kind] / (share * (1 - part if wrong[kind] else 1))]
            allowed += [wrong[kind] / (share * part)] if part and wrong[kind] else []
            limits[kind] = min(filter(None, allowed), default=0.0)
    most = min(filter(None, limits.values()), default=0.0)
    others = min((one for kind, one in limits.items() if one and kind is not Kind.GROUNDING), default=0.0)
    most = others if 2 * most < others else most  # subjects that fill their photos leave few boxes to ask for
    most = min(most, options.samples) if options.samples else most
    return {kind: min(round(most * weight / whole), there[kind] + wrong[kind]) for kind, weight in weights.items()}


def wrong_quotas(
    quotas: Mapping[Kind, int], there: Mapping[Kind, int], wrong: Mapping[Kind, int], need: int
) -> dict[Kind, int]:
    """How many of each kind are for wrong concepts only: as many as needed, spread over the kinds that have such."""
    # At least what right ones don't fill.
    found = {kind: max(0, quota - there[kind]) for kind, quota in quotas.items()}
    for _ in range(len(quotas)):
        open_ = {kind: min(quotas[kind], wrong[kind]) - found[kind] for kind in quotas}
        missing, room = need - sum(found.values()), sum(open_.values())
        if missing <= 0 or not room:
            break
        for kind, free in open_.items():
            found[kind] += min(free, math.ceil(missing * free / room), max(0, need - sum(found.values())))
    return found


def _notes(
    used: Sequence[Exchange], there: Mapping[Kind, int], wrong: Mapping[Kind, int], options: ShareOptions
) -> list[str]:
    """A sentence for each share that was not met by a hundredth of the samples."""
    total, whole = max(1, len(used)), sum(options.shares.values()) or 1
    told = []
    for kind, share in options.shares.items():
        got, want = sum(one.kind is kind for one in used) / total, share / whole
        if got < want - 0.01:
            more = f"; {_WHY[kind]}" if kind in _WHY else ""
            have = there[kind] + wrong[kind]
            told.append(f"{kind.value}: {got:.1%} of the samples instead of {want:.1%}, as {_there_are(have)}{more}.")
    negative = sum(one.without for one in used) / total
    if negative < options.only_wrong - 0.01:
        told.append(
            f"only wrong concepts: {negative:.1%} of the samples instead of {options.only_wrong:.1%}, as "
            f"{_there_are(sum(wrong.values()))}; conversations.without makes more."
        )
    return told


def _there_are(count: int) -> str:
    return "there are none" if not count else "there is one" if count == 1 else f"there are {count}"
