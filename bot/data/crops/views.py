"""The views of a subject beside each other: which of them show something else, or what another one shows already."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bot.data.output.likeness import Look, look_of
from bot.data.records import Crop
from bot.data.steps import Refusal
from core.errors import BadPhoto
from core.images.decoding import OWN, decode

# Of 256 bits. A box that moved by 2 % of its side differs in 40; of 800 pairs of views of one thing, 2 differ in fewer.
_NEAR_BITS = 40
_NEAR_COLOURS = 48  # grey levels
_FEW_VIEWS = 4  # too few to say what is usual
_USUAL, _UNUSUAL = 0.6, 0.25  # of the views


def compared(crops: Sequence[Crop], out: Path) -> tuple[tuple[Crop, ...], tuple[Refusal, ...]]:
    """The crops, in their order, without those that their subject's other views speak against, and refusals of those.

    Refused is what the detector saw in few of the views where it saw one other thing in most of them (a hand that holds
    the doll), and nearly the same view as a sharper one, as the next frame of a video is. Blocks: it opens the crops of
    each subject that has several.
    """
    by_subject = defaultdict[str, list[Crop]](list)
    for crop in crops:
        by_subject[crop.subject].append(crop)
    refusals: dict[str, Refusal] = {}
    for views in by_subject.values():
        refusals |= {one.of: one for one in _outliers(views)}
        refusals |= {one.of: one for one in _repeats([one for one in views if one.id not in refusals], out)}
    return tuple(one for one in crops if one.id not in refusals), tuple(refusals.values())


def _outliers(views: Sequence[Crop]) -> Iterator[Refusal]:
    seen = Counter(one.seen for one in views if one.seen is not None)
    if seen.total() < _FEW_VIEWS:
        return
    (usual, most), *_ = seen.most_common(1)
    for one in views:
        if (
            most >= _USUAL * seen.total()
            and one.seen not in (None, usual)
            and seen[one.seen] <= _UNUSUAL * seen.total()
        ):
            told = f"{one.seen or 'nothing'}, and {usual or 'nothing'} in most of its photos"
            yield Refusal(key=one.key, of=one.id, reason="another thing than in the other photos", detail=told)


def _repeats(views: Sequence[Crop], out: Path) -> Iterator[Refusal]:
    kept: dict[str, Look] = {}
    for one in sorted(views, key=lambda one: -one.sharpness) if len(views) > 1 else ():
        try:
            look = look_of(decode((out / one.crop).read_bytes(), limits=OWN))
        except (OSError, BadPhoto):
            yield Refusal(key=one.key, of=one.id, reason="its crop is gone", detail=one.crop)
            continue
        if like := next((key for key, other in kept.items() if _is_near(look, other)), None):
            yield Refusal(key=one.key, of=one.id, reason="almost the same view", detail=f"as {like}")
        else:
            kept[one.id] = look


def _is_near(one: Look, other: Look) -> bool:
    bits = int(np.bitwise_count(one.bits ^ other.bits).sum())
    colours = int(np.abs(one.colours.astype(np.int16) - other.colours).max())
    return bits <= _NEAR_BITS and colours <= _NEAR_COLOURS
