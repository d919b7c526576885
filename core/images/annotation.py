"""Annotated pictures: a rounded box around each sighting, its name beside it; several photos as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageDraw

from core.concepts import Box, Grade, Sighting
from core.images.decoding import Image, shrink
from core.images.fonts import TextInFont, choose_font, truncated

_FINER = 2  # drawn at twice the size and shrunk: smooth edges
_GREY = (205, 205, 205)
_BETWEEN = 128  # of all three colours, where a sheet has no photo: it glares on no ground, light or dark
_SHADOW = (0, 0, 0, 110)
# Okabe & Ito's colours, told apart with any kind of colour vision; dark letters read on all of them.
_COLOURS = ((240, 190, 30), (86, 180, 233), (0, 190, 140), (230, 150, 200), (240, 130, 50))
_INK = (20, 20, 24)
_ORDER = (Grade.UNKNOWN, Grade.MAYBE, Grade.SURE)

_Points = NDArray[np.float64]
_Frame = tuple[float, float, float, float]


def annotate(image: Image, sightings: Sequence[Sighting], factor: float = 1.0) -> Image:
    """Draw who was seen: sure has a solid line, maybe a dashed one and a "?", unknown a thin grey one.

    Where there are several, an unknown one has its number, counted from 1, so that it can be spoken of. `factor` takes
    the boxes to this image where it is a shrunk copy of the photo. A name that no font here can write
    (`core.images.fonts.drawable`) is shown as the sighting's number, too.
    """
    canvas = _Canvas.over(image)
    for grade in _ORDER:
        for number, sighting in enumerate(sightings, 1):
            if sighting.grade is grade:
                canvas.outline(sighting.region.box.scaled(factor * _FINER), grade, number)
    taken: list[_Frame] = []
    for number, sighting in enumerate(sightings, 1):
        known = sighting.match if sighting.grade is not Grade.UNKNOWN else None
        if known is None and len(sightings) == 1:
            continue
        label = choose_font(known.name if known else str(number), number, canvas.letters)
        label = TextInFont(label.text + "?", label.font) if sighting.grade is Grade.MAYBE else label
        colour = _colour(number) if known else _GREY
        taken.append(canvas.tag(sighting.region.box.scaled(factor * _FINER), label, colour, taken))
    return canvas.flattened(image)


def side_by_side(images: Sequence[Image], longest: int = 1600) -> Image:
    """Put photos on one sheet, row by row in their order; its longer side is at most `longest` pixels."""
    columns = math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    gap = 8
    cell = longest // columns - gap
    small = [shrink(image, cell)[0] for image in images]
    wide, high = max(image.width for image in small), max(image.height for image in small)
    sheet = np.full((rows * (high + gap) - gap, columns * (wide + gap) - gap, 3), _BETWEEN, np.uint8)
    for index, image in enumerate(small):
        row, column = divmod(index, columns)
        top = row * (high + gap) + (high - image.height) // 2
        left = column * (wide + gap) + (wide - image.width) // 2
        sheet[top : top + image.height, left : left + image.width] = image.pixels
    return Image(sheet)


@dataclass(frozen=True, slots=True, eq=False)
class _Canvas:
    """A transparent sheet over the photo, `_FINER` times its size. `line` and `letters` are in its pixels.

    `drawn` are the frames of it on which something was drawn: the rest need not be looked at again.
    """

    sheet: PIL.Image.Image
    line: float
    letters: int
    drawn: list[_Frame] = field(default_factory=list)

    @classmethod
    def over(cls, image: Image) -> _Canvas:
        size = image.width * _FINER, image.height * _FINER
        longest = max(image.width, image.height)
        return cls(
            PIL.Image.new("RGBA", size),
            line=max(2.0, longest / 260) * _FINER,
            letters=round(max(13, longest / 38)) * _FINER,
        )

    def outline(self, box: Box, grade: Grade, number: int) -> None:
        """Draw one box with a soft shadow under its line, so that it shows on any photo."""
        line = self.line * (0.5 if grade is Grade.UNKNOWN else 1)
        colour = _GREY if grade is Grade.UNKNOWN else _colour(number)
        # The path is the middle of the line: a box at the photo's edge keeps its whole line in the picture.
        left, top = max(box.x0, line / 2), max(box.y0, line / 2)
        right, bottom = min(box.x1, self.sheet.width - line / 2), min(box.y1, self.sheet.height - line / 2)
        path = _rounded((left, top, max(left, right), max(top, bottom)), 4 * self.line)
        strokes = [path]
        if grade is Grade.MAYBE:  # dashes, with gaps of two thirds of their length between them
            along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
            count = max(4, round(along[-1] / (5 * self.line * 5 / 3)))
            starts = np.linspace(0, along[-1], count, endpoint=False)
            points_each = max(2, round(5 * self.line / 2))
            dashes = [np.linspace(start, start + along[-1] / count * 0.6, points_each) for start in starts]
            strokes = [np.stack([np.interp(dash, along, path[:, axis]) for axis in (0, 1)], axis=1) for dash in dashes]
        edge = 3 * self.line  # its line, the shadow, and how far a rounded corner keeps from the edge
        self.drawn.extend((left - edge, y - edge, right + edge, y + edge) for y in (top, bottom))
        self.drawn.extend((x - edge, top, x + edge, bottom) for x in (left, right))
        pen = ImageDraw.Draw(self.sheet)
        for stroke in strokes:
            points = [(float(x), float(y)) for x, y in stroke]
            pen.line(points, _SHADOW, round(line + self.line * 0.6), joint="curve")
            pen.line(points, colour, round(line), joint="curve")

    def tag(self, box: Box, label: TextInFont, colour: tuple[int, int, int], taken: Sequence[_Frame]) -> _Frame:
        """Write a name at its box, clear of the frames of other names, and return the frame it took.

        Above the box, else inside its top, below it, inside its bottom; the first that is free.
        """
        pad = self.letters * 0.3
        label = truncated(label, self.sheet.width * 0.9 - 2 * pad)
        # One height for every name keeps the tags alike, whether or not a letter hangs low.
        width, height = label.font.getlength(label.text) + 2 * pad, self.letters + 2 * pad
        left = min(max(0.0, box.x0), self.sheet.width - width)
        tops = (box.y0 - height - self.line, box.y0 + self.line, box.y1 + self.line, box.y1 - height)
        inside = [top for top in tops if 0 <= top <= self.sheet.height - height] or [0.0]
        frames = [(left, top, left + width, top + height) for top in inside]
        free = (
            (x0, y0, x1, y1)
            for x0, y0, x1, y1 in frames
            if not any(x0 < other[2] and other[0] < x1 and y0 < other[3] and other[1] < y1 for other in taken)
        )
        frame = next(free, frames[0])
        pen = ImageDraw.Draw(self.sheet)
        pen.rounded_rectangle(frame, radius=self.letters * 0.35, fill=colour)
        middle = (frame[0] + frame[2]) / 2, (frame[1] + frame[3]) / 2
        pen.text(middle, label.text, _INK, label.font, anchor="mm")
        high = label.font.getbbox(label.text, anchor="mm")  # some scripts' letters are taller than the tag
        self.drawn.append(
            (frame[0] - 2, min(frame[1], middle[1] + high[1]) - 2, frame[2] + 2, max(frame[3], middle[1] + high[3]) + 2)
        )
        return frame

    def flattened(self, image: Image) -> Image:
        """The photo with the sheet on it."""
        picture = PIL.Image.fromarray(image.pixels)
        for x0, y0, x1, y1 in self.drawn:
            left, top = max(0, int(x0 // _FINER)), max(0, int(y0 // _FINER))
            right, bottom = (
                min(end, math.ceil(edge / _FINER)) for end, edge in ((image.width, x1), (image.height, y1))
            )
            if left < right and top < bottom:
                tile = left * _FINER, top * _FINER, right * _FINER, bottom * _FINER
                overlay = self.sheet.crop(tile).reduce(_FINER)
                picture.paste(overlay, (left, top), overlay)
                self.sheet.paste((0, 0, 0, 0), tile)  # what overlaps it is not put on twice
        return Image(np.asarray(picture))


def _colour(number: int) -> tuple[int, int, int]:
    return _COLOURS[(number - 1) % len(_COLOURS)]


def _rounded(frame: _Frame, radius: float) -> _Points:
    """A closed rounded rectangle as points (n, 2) about a pixel apart, clockwise from its top left."""
    left, top, right, bottom = frame
    radius = min(radius, (right - left) / 2, (bottom - top) / 2)
    quarter = np.linspace(0, np.pi / 2, max(2, round(radius * 1.6)))
    corners = (
        (left + radius, top + radius, np.pi),
        (right - radius, top + radius, 1.5 * np.pi),
        (right - radius, bottom - radius, 0.0),
        (left + radius, bottom - radius, 0.5 * np.pi),
    )
    arcs = [
        np.stack([x + radius * np.cos(start + quarter), y + radius * np.sin(start + quarter)], axis=1)
        for x, y, start in corners
    ]
    path = np.concatenate(arcs)
    return np.concatenate([path, path[:2]])
