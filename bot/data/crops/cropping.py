"""From a source's photo to a picture in the build's folder and the subject's crop: opened, upright, and judged.

The crop is cut out of the written picture with the bot's own margin and size (`core.images.pictures`): what a model is
trained with looks like what it will be served. Files are named by the photo's content and the crop's place, so that a
build which is run again finds them.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from bot.data.crops import gates
from bot.data.crops.finding import FoundSubject, SubjectFinder
from bot.data.crops.gates import CropOptions
from bot.data.records import Crop, SubjectPhoto
from bot.data.samples import Value
from bot.data.steps import Refused, key_of
from core.concepts import Box
from core.errors import BadPhoto
from core.images.decoders import Decoders
from core.images.decoding import Image, Limits, crop, encode_jpeg, sharpness, shrink

PICTURES, CROPS = "pictures", "crops"
_LIMITS = Limits()
_SHRUNK = 15_900_000  # pixels: a photo of so many may have had more before it was opened
_ALIKE = 0.02  # difference of the aspect ratios of a picture and its smaller copy


class _Judged(Value):
    """What decides what the step makes: its options, and who looks for subjects."""

    crops: CropOptions
    finder: str


class Crops:
    """The step `SubjectPhoto` → `Crop`; writes OUT/pictures and OUT/crops.

    Without a `finder` a subject that has no box is taken to fill its photo.
    """

    name, record = "crops", Crop

    def __init__(
        self,
        out: Path,
        options: CropOptions,
        decoders: Decoders,
        *,
        finder: SubjectFinder | None = None,
        concurrency: int = 2,
    ) -> None:
        self._finder = finder if options.find == "detector" else None
        self.options = _Judged(crops=options, finder=self._finder.identity if self._finder else "")
        self.concurrency, self._out, self._crops, self._decoders = concurrency, out, options, decoders

    def id_of(self, given: SubjectPhoto) -> str:
        """The photo's id."""
        return given.id

    async def make(self, given: SubjectPhoto) -> Sequence[Crop]:
        """One crop. Raises `Refused` that names the file, and `core.errors.ModelError` where the detector fails."""
        try:
            return [await self._made(given)]
        except Refused as error:
            raise Refused(error.reason, ": ".join(filter(None, (given.picture, error.detail)))) from error

    async def _made(self, given: SubjectPhoto) -> Crop:
        data = await asyncio.to_thread(bytes_of, Path(given.picture), given.digest)
        try:
            photo = await self._decoders.decode(given.source, data)
        except BadPhoto as error:
            raise Refused("no picture that can be read", str(error)) from error
        found = FoundSubject(photo.box)
        searched = given.box is None and self._finder is not None
        if given.box is not None:
            factor = _factor(given, photo)
            others = tuple(one.model_copy(update={"box": one.box.scaled(factor)}) for one in given.others)
            found = FoundSubject(given.box.scaled(factor), others=others)
        elif self._finder is not None:
            found = await self._finder.find(photo, given.category)
        return await asyncio.to_thread(self._crop, given, photo, found, searched)

    def _crop(self, given: SubjectPhoto, photo: Image, found: FoundSubject, searched: bool) -> Crop:
        picture, factor = shrink(photo, self._crops.longest)
        box = found.box.scaled(factor)
        others = [one.model_copy(update={"box": one.box.scaled(factor)}) for one in found.others]
        gates.check(self._crops, box, picture.box, visible=given.visible, others=others)
        box = box.within(picture.box)
        sharp = sharpness(crop(picture, box))
        if sharp < self._crops.sharpness:
            raise Refused("blurred", f"sharpness {sharp:.2f}")
        cut, _ = shrink(crop(picture, box, self._crops.margin), self._crops.crop_longest)
        of = key_of(given.digest, self._crops.longest)
        told = given.model_dump(exclude={"key", "drop", "picture", "box", "others", "category", "size"})
        return Crop(
            **told,
            category=given.category or found.category,
            seen=found.category if searched else None,
            picture=self._written(f"{PICTURES}/{of}.jpg", picture),
            crop=self._written(f"{CROPS}/{key_of(of, box, self._crops.margin, self._crops.crop_longest)}.jpg", cut),
            box=box,
            size=(picture.width, picture.height),
            others=tuple(one for one in others if _inside(one.box, picture.box)),
            sharpness=round(sharp, 4),
            share=round(box.area / picture.box.area, 4),
        )

    def _written(self, name: str, image: Image) -> str:
        """Write a picture that isn't there yet, whole or not at all."""
        file = self._out / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            # Two subjects of one photo may be at it at once.
            new = file.with_name(f"{file.name}.{os.urandom(4).hex()}.new")
            new.write_bytes(encode_jpeg(image))
            new.replace(file)
        return name


def bytes_of(path: Path, digest: str) -> bytes:
    """A photo's bytes. Raises `Refused` where they are not those that were listed. Blocks."""
    try:
        if path.stat().st_size > _LIMITS.size:
            raise Refused("no picture that can be read", f"{path.name} has more than {_LIMITS.size // 10**6} MB")
        data = path.read_bytes()
    except OSError as error:
        raise Refused("missing picture", f"{path.name} can't be read ({error.strerror})") from error
    if hashlib.blake2b(data, digest_size=16).hexdigest() != digest:
        raise Refused("changed meanwhile", f"{path.name} is another picture than when it was listed")
    return data


def _factor(given: SubjectPhoto, photo: Image) -> float:
    """From the pixels that a photo's boxes were drawn on to its own. Raises `Refused` for another picture."""
    if given.size is None:
        if photo.width * photo.height > _SHRUNK:
            raise Refused("no size for its box", "so large a photo is opened smaller; annotate its width and height")
        return 1.0
    width, height = given.size
    if abs(photo.width * height - photo.height * width) > _ALIKE * photo.height * width:
        sizes = f"annotated as {width} × {height}, it is {photo.width} × {photo.height}"
        raise Refused("another picture than annotated", f"{sizes}; by its EXIF it may have been turned")
    return photo.width / width


def _inside(box: Box, frame: Box) -> bool:
    return box.x0 < frame.x1 and box.y0 < frame.y1 and box.x1 > 0 and box.y1 > 0
