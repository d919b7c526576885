"""Several subjects in one picture, where a source has them only apart: their photos side by side and in rows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import PIL.Image
from pydantic import Field

from bot.data.augmenting import Frame, box_of, drawing, opened, write_picture
from bot.data.records import Crop, Other, Picture
from bot.data.samples import Value
from bot.data.steps import Refused
from core.concepts import Box
from core.names import fold

TOGETHER = "together"
"""What `Picture.augmented` has for it."""

_ROWS: Mapping[int, tuple[tuple[int, ...], ...]] = {2: ((2,), (1, 1)), 3: ((3,), (2, 1), (1, 2)), 4: ((2, 2), (4,))}


class TogetherOptions(Value):
    """Which photos are put together."""

    seed: int = 0
    share: float = Field(0.5, ge=0, le=1, description="Of the photos: those that are put together with others.")
    most: int = Field(3, ge=2, le=4, description="Subjects in one picture, at most; two are most common.")
    longest: int = Field(1024, ge=32, description="Pixels of the picture's longer side, at most.")
    shortest: int = Field(24, ge=1, description="Pixels of a subject's shorter side, at least.")


class Group(Value):
    """Photos of different subjects that become one picture."""

    crops: tuple[Crop, ...]


def groups(crops: Sequence[Crop], names: Mapping[str, str], options: TogetherOptions) -> list[Group]:
    """Which photos are put together: of one split, of different subjects, and of different names (by subject)."""
    by_split: dict[str, list[Crop]] = {}
    for one in crops:
        by_split.setdefault(one.split, []).append(one)
    found = []
    for first in crops:
        random = drawing(options.seed, first, TOGETHER)
        if random.random() >= options.share:
            continue
        wanted = min(options.most, 2 + int(random.random() < 0.25) + int(random.random() < 0.08))
        group, known = [first], _shown(first)
        for number in random.integers(len(by_split[first.split]), size=8 * wanted):
            one = by_split[first.split][int(number)]
            taken = {fold(names[who]) for who in known if who in names}
            if len(group) < wanted and not known & _shown(one) and fold(names[one.subject]) not in taken:
                group, known = [*group, one], known | _shown(one)
        if len(group) > 1:
            found.append(Group(crops=tuple(group)))
    return found


def _shown(crop: Crop) -> frozenset[str]:
    return frozenset({crop.subject, *(one.subject for one in crop.others if one.subject)})


class Together:
    """The step `Group` → `Picture`: the first one's, with the others beside it; writes OUT/pictures and OUT/crops."""

    name, record = TOGETHER, Picture

    def __init__(self, out: Path, options: TogetherOptions, *, concurrency: int = 2) -> None:
        self.options, self.concurrency, self._out = options, concurrency, out

    def id_of(self, given: Group) -> str:
        """The crops' ids."""
        return " + ".join(one.id for one in given.crops)

    async def make(self, given: Group) -> Sequence[Picture]:
        """One picture. Raises `Refused` where a photo can't be read or a subject would be too small."""
        return [await asyncio.to_thread(self._composed, given)]

    def _composed(self, given: Group) -> Picture:
        first, *rest = given.crops
        images = [PIL.Image.fromarray(opened(self._out / one.picture).pixels) for one in given.crops]
        rows = _ROWS[len(images)]
        random = drawing(self.options.seed, first, f"{TOGETHER} {self.id_of(given)}")
        # Most pictures are wider than high, and a row of two is what people see as "beside".
        chosen = rows[0 if random.random() < 0.7 else int(random.integers(len(rows)))]
        order = [int(one) for one in random.permutation(len(images))]
        sheet, frames = arranged([images[one] for one in order], chosen, self.options.longest)
        by_image = dict(zip(order, frames, strict=True))

        def moved(at: int, box: Box) -> Box:
            factor, (left, top) = by_image[at]
            inner = Box(*box).scaled(factor)
            return Box(inner.x0 + left, inner.y0 + top, inner.x1 + left, inner.y1 + top)

        boxes = [moved(at, box_of(one)) for at, one in enumerate(given.crops)]
        if min(min(box.x1 - box.x0, box.y1 - box.y0) for box in boxes) < self.options.shortest:
            raise Refused("too small together")
        others = [one.model_copy(update={"box": moved(0, one.box)}) for one in first.others]
        for at, (crop, box) in enumerate(zip(rest, boxes[1:], strict=True), 1):
            others.append(Other(box=box, subject=crop.subject, category=crop.category))
            others += [one.model_copy(update={"box": moved(at, one.box)}) for one in crop.others]
        told = first.model_copy(update={"others": tuple(others)})
        frame = Frame(sheet, (boxes[0], *(one.box for one in others)))
        picture = write_picture(self._out, told, frame, (TOGETHER,), f"{TOGETHER} {self.id_of(given)}", self.options)
        beside = tuple(one.id for one in rest)
        return picture.model_copy(update={"beside": beside, "id": f"{first.id}~{'+'.join(beside)}"})


def arranged(
    images: Sequence[PIL.Image.Image], rows: Sequence[int], longest: int
) -> tuple[PIL.Image.Image, list[tuple[float, tuple[int, int]]]]:
    """Pictures in rows of so many: the sheet, and each picture's factor and corner on it.

    Those of a row are equally high, and rows equally wide.
    """
    starts = [sum(rows[:number]) for number in range(len(rows))]
    shapes = [
        [one.width / one.height for one in images[at : at + count]] for at, count in zip(starts, rows, strict=True)
    ]
    heights = [1 / sum(shape) for shape in shapes]  # of a sheet that is 1 wide
    width = max(2.0, min(longest, longest / sum(heights), sum(one.width for one in images)))
    sheet = PIL.Image.new("RGB", (round(width), max(1, round(width * sum(heights)))))
    frames = []
    for row, (at, count) in enumerate(zip(starts, rows, strict=True)):
        top, bottom = (round(width * sum(heights[:end])) for end in (row, row + 1))
        for column in range(count):
            left, right = (round(width * heights[row] * sum(shapes[row][:end])) for end in (column, column + 1))
            image = images[at + column]
            size = max(1, right - left), max(1, bottom - top)
            sheet.paste(image.resize(size, PIL.Image.Resampling.BICUBIC, reducing_gap=3.0), (left, top))
            frames.append((size[0] / image.width, (left, top)))
    return sheet, frames
