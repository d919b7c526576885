"""From a source's photo to a picture in the build's folder and the subject's crop: opened, upright, and judged."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from bot.data.records import Crop, SubjectPhoto
from bot.data.samples import Value
from bot.data.steps import Refused, key_of
from core.concepts import Box
from core.errors import BadPhoto
from core.images.decoding import crop, decode, encode_jpeg, sharpness, shrink


class CropOptions(Value):
    """What a crop has to be."""

    longest: int = Field(1024, ge=32, description="Pixels of a picture's longer side, at most.")
    smallest: int = Field(24, ge=1, description="Pixels of a crop's shorter side, at least.")
    margin: float = Field(0.05, ge=0, le=1, description="How much of what is around the subject its crop has.")


class Crops:
    """The step `SubjectPhoto` → `Crop`; writes OUT/pictures and OUT/crops."""

    name, record = "crops", Crop

    def __init__(self, out: Path, options: CropOptions, *, concurrency: int = 2) -> None:
        self.options, self.concurrency, self._out = options, concurrency, out

    def id_of(self, given: SubjectPhoto) -> str:
        """The photo's id."""
        return given.id

    async def make(self, given: SubjectPhoto) -> Sequence[Crop]:
        """One crop. Raises `Refused`."""
        return [await asyncio.to_thread(self._crop, given)]

    def _crop(self, given: SubjectPhoto) -> Crop:
        try:
            photo = decode(bytes_of(Path(given.picture)))
        except BadPhoto as error:
            raise Refused("unreadable", str(error)) from error
        small, factor = shrink(photo, self.options.longest)
        box = (given.box or photo.box).within(photo.box).scaled(factor).within(small.box)
        if min(box.x1 - box.x0, box.y1 - box.y0) < self.options.smallest:
            raise Refused("too small", f"its crop is {box.x1 - box.x0} × {box.y1 - box.y0} pixels")
        subject = crop(small, box, self.options.margin)
        name = key_of(given.id, given.digest, self.options, given.box)
        for folder, image in (("pictures", small), ("crops", subject)):
            (self._out / folder).mkdir(parents=True, exist_ok=True)
            (self._out / folder / f"{name}.jpg").write_bytes(encode_jpeg(image))
        told = given.model_dump(exclude={"key", "picture", "box", "others"})
        return Crop(
            **told,
            picture=f"pictures/{name}.jpg",
            crop=f"crops/{name}.jpg",
            box=box,
            others=tuple(one.model_copy(update={"box": Box(*one.box).scaled(factor)}) for one in given.others),
            sharpness=sharpness(subject),
            share=box.area / small.box.area,
        )


def bytes_of(path: Path) -> bytes:
    """A file's bytes. Raises `Refused`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused("missing", f"{path.name} can't be read") from error
