"""What a view of a subject has to be like to teach anything: large enough, whole enough, sharp enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from bot.data.records import Other
from bot.data.samples import Value
from bot.data.sources.candidates import Candidate
from bot.data.steps import Refused
from core.concepts import Box
from core.counting import counted
from core.images.decoding import BLURRED

# At `BLURRED` and below lie 0…2 % of 90 sharp crops, 3…7 % of them blurred by 1 px, 60…95 % by 1.5 px and all but 5 %
# by 2 px, at 48…512 px alike: what counts is the blur in the crop's own pixels.
_WHOLE = 0.5  # of the picture: a close view is cut off by its borders and shows enough all the same
_NEAR = 0.01  # of the picture's side: a box that ends so near to the border goes on behind it
_LARGER = 2.0  # times as large: what is so much larger is behind the subject or holds it, and doesn't cover it
_CELLS = 24  # a box is looked at in so many columns and rows
_INSIDE = 0.5  # of the box


class CropOptions(Value):
    """How pictures and crops are written, and which views are good enough."""

    longest: int = Field(1024, ge=64, le=4096, description="Pixels of a picture's longer side, at most.")
    crop_longest: int = Field(512, ge=32, le=4096, description="Pixels of a crop's longer side, at most.")
    margin: float = Field(0.06, ge=0, le=1, description="What a crop has around the subject, of its longer side.")
    find: Literal["detector", "whole"] = Field(
        "detector",
        description="Where the annotations have no box: look for the subject as /remember does, or take all.",
    )
    smallest: int = Field(32, ge=1, description="Pixels of a subject's shorter side, at least, in the written picture.")
    share: float = Field(0.01, ge=0, le=1, description="The part of the picture that a subject is, at least.")
    aspect: float = Field(5.0, ge=1, description="How many times as long as wide a subject is, at most.")
    sharpness: float = Field(
        BLURRED, ge=0, le=1, description="The least sharpness of a subject (0: all blur), whatever its size."
    )
    visible: float = Field(0.6, ge=0, le=1, description="How much of a subject is to be seen, at least, as annotated.")
    covered: float = Field(0.6, ge=0, le=1, description="How much of a subject's box others' boxes cover, at most.")
    cut_sides: int = Field(2, ge=0, le=4, description="Borders of the picture that may cut a subject off, at most.")


def check(options: CropOptions, box: Box, frame: Box, *, visible: float | None, others: Sequence[Other]) -> None:
    """Raise `Refused` with a short reason where a subject's box in a picture (`frame`) is no use."""
    inner = Box(max(box.x0, frame.x0), max(box.y0, frame.y0), min(box.x1, frame.x1), min(box.y1, frame.y1))
    if inner.area < _INSIDE * box.area or not inner.area:
        raise Refused("outside the picture", f"its box {tuple(box)} is not in {frame.x1} × {frame.y1} pixels")
    width, height = inner.x1 - inner.x0, inner.y1 - inner.y0
    if min(width, height) < options.smallest:
        raise Refused("too small", f"{width} × {height} pixels")
    if inner.area < options.share * frame.area:
        raise Refused("too small a part", f"{inner.area / frame.area:.1%} of the picture")
    if max(width, height) > options.aspect * min(width, height):
        raise Refused("too long and narrow", f"{width} × {height} pixels")
    if visible is not None and visible < options.visible:
        raise Refused("hidden", f"{visible:.0%} of it is to be seen")
    if (sides := _sides(inner, frame)) > options.cut_sides and inner.area < _WHOLE * frame.area:
        raise Refused("cut off", f"by {counted(sides, 'border')} of the picture")
    if (covered := _covered(inner, [one.box for one in others])) > options.covered:
        raise Refused("covered", f"{covered:.0%} of its box are others' too")


def misfit(options: CropOptions, view: Candidate) -> str | None:
    """Why a view would be refused, as far as its annotations tell."""
    if view.box is None or view.size is None:
        return "hidden" if view.visible is not None and view.visible < options.visible else None
    factor = min(1.0, options.longest / max(view.size))
    frame = Box(0, 0, *view.size).scaled(factor)
    others = [one.model_copy(update={"box": one.box.scaled(factor)}) for one in view.others]
    try:
        check(options, view.box.scaled(factor), frame, visible=view.visible, others=others)
    except Refused as error:
        return error.reason
    return None


def _sides(box: Box, frame: Box) -> int:
    near_x, near_y = _NEAR * frame.x1, _NEAR * frame.y1
    return sum(
        (box.x0 <= near_x, box.y0 <= near_y, box.x1 >= frame.x1 - near_x, box.y1 >= frame.y1 - near_y),
    )


def _covered(box: Box, others: Sequence[Box]) -> float:
    """The share of a box that others' boxes cover, but for much larger ones.

    An estimate: nobody says who is in front.
    """
    columns = box.x0 + (np.arange(_CELLS) + 0.5) * (box.x1 - box.x0) / _CELLS
    rows = box.y0 + (np.arange(_CELLS) + 0.5) * (box.y1 - box.y0) / _CELLS
    hidden = np.zeros((_CELLS, _CELLS), bool)
    for one in others:
        if one.area <= _LARGER * box.area:
            across = (columns >= one.x0) & (columns < one.x1)
            hidden |= ((rows >= one.y0) & (rows < one.y1))[:, None] & across
    return float(hidden.mean())
