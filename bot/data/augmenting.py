"""Pictures that samples are made of: each crop's own, and changed ones with boxes that follow the change.

RAP (section 3.3) rotates and flips its photos and lets views be made anew; light, size, things in front and other
backgrounds are ours. What was said about a picture may be false of a changed one: `holds` is asked before it is said.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageOps
from pydantic import Field
from scipy.ndimage import gaussian_filter

from bot.data.pictures.masks import subject_mask
from bot.data.records import Crop, Other, Picture
from bot.data.samples import Value
from bot.data.steps import Refused, key_of
from core.concepts import Box
from core.errors import BadPhoto, ConfigError
from core.images.decoding import OWN, Image, decode, encode_jpeg
from core.images.decoding import crop as crop_out

FOLDER, CROPS = "pictures", "crops"
_MARGIN = 0.05  # around a changed picture's crop, of its longer side
_SEEN = 0.6  # of another one's box: with less of it a picture no longer shows them
_RAMP = np.linspace(0, 1, 256)


class Alteration(StrEnum):
    """What is done to a picture. `scale` makes all of it smaller, `zoom` cuts a part out around the subject."""

    ROTATION = "rotation"
    FLIP = "flip"
    LIGHT = "light"
    SCALE = "scale"
    ZOOM = "zoom"
    OCCLUSION = "occlusion"


BACKGROUND = "background"
"""What `Picture.augmented` has for another background."""


class AugmentOptions(Value):
    """How pictures are changed. Those of subjects that are kept for evaluation stay as they are."""

    seed: int = 0
    copies: int = Field(2, ge=0, description="Changed pictures of each picture, beside its own.")
    changes: tuple[Alteration, ...] = tuple(Alteration)
    at_once: int = Field(2, ge=1, description="Changes of one picture, at most.")
    rotation: float = Field(12, ge=0, le=45, description="Degrees, at most, to either side.")
    light: float = Field(0.35, ge=0, le=0.9, description="How much brightness, contrast and warmth change, at most.")
    smallest: float = Field(0.55, gt=0, le=1, description="The least factor by which a picture is made smaller.")
    zoom: float = Field(0.85, gt=0, lt=1, description="Of the room beside the subject: what is cut off, at most.")
    hidden: float = Field(0.25, gt=0, le=0.5, description="The part of the subject's box that is hidden, at most.")
    least_side: int = Field(24, ge=1, description="Pixels of the subject's shorter side, which no change goes below.")


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture under change, and where those in it are: the subject's box first."""

    image: PIL.Image.Image
    boxes: tuple[Box, ...]


class Augmentation:
    """The step `Crop` → `Picture`s: its own, then changed ones; writes OUT/pictures and OUT/crops."""

    name, record = "pictures", Picture

    def __init__(self, out: Path, options: AugmentOptions, *, concurrency: int = 2) -> None:
        self.options, self.concurrency, self._out = options, concurrency, out

    def id_of(self, given: Crop) -> str:
        """The crop's id."""
        return given.id

    async def make(self, given: Crop) -> Sequence[Picture]:
        """The crop's own picture and its changed ones. Raises `Refused` where its file can't be read."""
        return await asyncio.to_thread(self._pictures, given)

    def _pictures(self, given: Crop) -> list[Picture]:
        options = self.options
        image = PIL.Image.fromarray(opened(self._out / given.picture).pixels)
        own = Picture(
            id=given.id,
            view=given.id,
            subject=given.subject,
            picture=given.picture,
            size=image.size,
            box=box_of(given),
            others=given.others,
        )
        if not options.changes or given.split == "eval":
            return [own]
        frame = Frame(image, (box_of(given), *(Box(*one.box) for one in given.others)))
        random = drawing(options.seed, given, "pictures")
        made = [own]
        # One permutation after another, so that each change comes about as often.
        queue: list[Alteration] = []
        for number in range(1, options.copies + 1):
            wanted: list[Alteration] = []
            for _ in range(int(random.integers(1, options.at_once + 1))):
                queue = queue or [options.changes[i] for i in random.permutation(len(options.changes))]
                wanted += [one] if (one := queue.pop()) not in wanted else []
            done: list[str] = []
            changed = frame
            for one in wanted:
                if (after := _CHANGES[one](changed, random, options)) is not None:
                    changed, done = after, [*done, one.value]
            if done:
                made.append(write_picture(self._out, given, changed, tuple(done), f"{number}", options))
        return made


def box_of(crop: Crop) -> Box:
    """Where the subject is in its picture; a crop always has a box."""
    if crop.box is None:
        raise AssertionError(f"the crop {crop.id} has no box")
    return Box(*crop.box)


def drawing(seed: int, crop: Crop, purpose: str) -> np.random.Generator:
    """What is drawn for a crop: the same for the same seed and content."""
    return np.random.default_rng(int(key_of(seed, purpose, crop.id, crop.digest, crop.box), 16))


def opened(path: Path) -> Image:
    """A picture of the build's own. Raises `Refused` where its file is gone or damaged."""
    try:
        return decode(path.read_bytes(), limits=OWN)
    except OSError as error:
        raise Refused("missing", f"{path.name} can't be read.") from error
    except BadPhoto as error:
        raise Refused("unreadable", str(error)) from error


def write_picture(out: Path, crop: Crop, frame: Frame, done: tuple[str, ...], mark: str, options: Value) -> Picture:
    """File a changed picture of a crop; others of whom too little is left are no longer told of."""
    whole = Box(0, 0, *frame.image.size)
    others = [
        Other(box=after.within(whole), subject=one.subject, category=one.category)
        for one, after in zip(crop.others, frame.boxes[1:], strict=True)
        if _inside(after, whole) >= _SEEN * after.area > 0
    ]
    path = f"{FOLDER}/{key_of(crop.id, crop.digest, crop.box, options, mark)}.jpg"
    image, own = Image(np.asarray(frame.image)), path.replace(FOLDER, CROPS, 1)
    for file, written in ((path, image), (own, crop_out(image, frame.boxes[0].within(whole), _MARGIN))):
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        (out / file).write_bytes(encode_jpeg(written))
    return Picture(
        id=f"{crop.id}~{mark}",
        view=crop.id,
        subject=crop.subject,
        picture=path,
        size=frame.image.size,
        box=frame.boxes[0].within(whole),
        others=tuple(others),
        augmented=done,
        crop=own,
    )


def _inside(box: Box, frame: Box) -> int:
    return Box(max(box.x0, frame.x0), max(box.y0, frame.y0), min(box.x1, frame.x1), min(box.y1, frame.y1)).area


# ── the changes: each gives None where it can't be done ──────────────────────────────────────────


def rotate(frame: Frame, random: np.random.Generator, options: AugmentOptions) -> Frame | None:
    """Turned about its middle, nothing cut off.

    The box of a turned box's corners is too large for most things, that of the ellipse in it too small for angular
    ones (Kalra et al. 2021, "Towards rotation invariance in object detection"): ours lies between the two.
    """
    if options.rotation < 1:
        return None
    degrees = float(random.choice((-1, 1)) * random.uniform(min(3, options.rotation), options.rotation))
    turned = frame.image.rotate(degrees, PIL.Image.Resampling.BICUBIC, expand=True, fillcolor=_rim(frame.image))
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))

    def turn(box: Box) -> Box:
        x, y = (box.x0 + box.x1 - frame.image.width) / 2, (box.y0 + box.y1 - frame.image.height) / 2
        across, down = (box.x1 - box.x0) / 2, (box.y1 - box.y0) / 2
        middle = x * cosine + y * sine + turned.width / 2, -x * sine + y * cosine + turned.height / 2
        reach = []
        for along, other in ((across, down), (down, across)):
            corners = along * abs(cosine) + other * abs(sine)
            reach.append((corners + math.hypot(along * cosine, other * sine)) / 2)
        return Box(
            round(middle[0] - reach[0]),
            round(middle[1] - reach[1]),
            round(middle[0] + reach[0]),
            round(middle[1] + reach[1]),
        )

    return Frame(turned, tuple(turn(box) for box in frame.boxes))


def flip(frame: Frame, _random: np.random.Generator, _options: AugmentOptions) -> Frame | None:
    """Mirrored from left to right."""
    width = frame.image.width
    boxes = tuple(Box(width - box.x1, box.y0, width - box.x0, box.y1) for box in frame.boxes)
    return Frame(ImageOps.mirror(frame.image), boxes)


def relight(frame: Frame, random: np.random.Generator, options: AugmentOptions) -> Frame | None:
    """Brighter or darker, with more or less contrast, warmer or colder."""
    gain, contrast = 1 + options.light * random.uniform(-1, 1, 2)
    warmth = 1 + 0.3 * options.light * random.uniform(-1, 1)
    bend = 2 ** (options.light * random.uniform(-1, 1))
    table: list[int] = []
    for tint in (warmth, 1.0, 1 / warmth):
        values = ((_RAMP**bend - 0.5) * contrast + 0.5) * gain * tint
        table += np.clip(np.round(255 * values), 0, 255).astype(int).tolist()
    return Frame(frame.image.point(table), frame.boxes)


def shrink_onto_sheet(frame: Frame, random: np.random.Generator, options: AugmentOptions) -> Frame | None:
    """All of it, somewhere on a plain sheet of its own size."""
    least = max(options.smallest, options.least_side / max(1, _shorter(frame.boxes[0])))
    if least > 0.95:
        return None
    factor = float(random.uniform(least, 0.95))
    width, height = frame.image.size
    size = max(1, round(width * factor)), max(1, round(height * factor))
    left, top = (int(random.integers(0, free + 1)) for free in (width - size[0], height - size[1]))
    sheet = PIL.Image.new("RGB", (width, height), _rim(frame.image))
    sheet.paste(frame.image.resize(size, PIL.Image.Resampling.BICUBIC), (left, top))
    boxes = [box.scaled(factor) for box in frame.boxes]
    return Frame(sheet, tuple(Box(b.x0 + left, b.y0 + top, b.x1 + left, b.y1 + top) for b in boxes))


def zoom(frame: Frame, random: np.random.Generator, options: AugmentOptions) -> Frame | None:
    """A part of it with the whole subject in it, and no other one half cut off."""
    subject, whole = frame.boxes[0].within(Box(0, 0, *frame.image.size)), Box(0, 0, *frame.image.size)
    if subject.area > 0.8 * whole.area:
        return None
    for _ in range(8):
        shares = random.uniform(0, options.zoom, 4)
        part = Box(
            round(subject.x0 * shares[0]),
            round(subject.y0 * shares[1]),
            round(whole.x1 - (whole.x1 - subject.x1) * shares[2]),
            round(whole.y1 - (whole.y1 - subject.y1) * shares[3]),
        )
        seen = [_inside(box, part) / max(1, box.area) for box in frame.boxes[1:]]
        if part.area < 0.9 * whole.area and not any(0.05 < one < 0.95 for one in seen):
            boxes = tuple(Box(b.x0 - part.x0, b.y0 - part.y0, b.x1 - part.x0, b.y1 - part.y0) for b in frame.boxes)
            return Frame(frame.image.crop(part), boxes)
    return None


def hide(frame: Frame, random: np.random.Generator, options: AugmentOptions) -> Frame | None:
    """Something in front of the subject: random erasing (Zhong et al. 2020), in one colour or in noise."""
    box = frame.boxes[0]
    width, height = box.x1 - box.x0, box.y1 - box.y0
    share, shape = random.uniform(min(0.08, options.hidden), options.hidden), math.exp(random.uniform(-0.7, 0.7))
    across = max(1, min(width - 1, round(math.sqrt(share * shape) * width)))
    down = max(1, min(height - 1, round(math.sqrt(share / shape) * height)))
    left, top = (
        box.x0 + int(random.integers(0, width - across + 1)),
        box.y0 + int(random.integers(0, height - down + 1)),
    )
    pixels = np.array(frame.image)
    part = pixels[max(0, top) : top + down, max(0, left) : left + across]
    if not part.size:
        return None
    plain = random.random() < 0.5
    part[:] = random.integers(0, 256, 3 if plain else part.shape, dtype=np.uint8)
    return Frame(PIL.Image.fromarray(pixels), frame.boxes)


_CHANGES: Mapping[Alteration, Callable[[Frame, np.random.Generator, AugmentOptions], Frame | None]] = MappingProxyType(
    {
        Alteration.ROTATION: rotate,
        Alteration.FLIP: flip,
        Alteration.LIGHT: relight,
        Alteration.SCALE: shrink_onto_sheet,
        Alteration.ZOOM: zoom,
        Alteration.OCCLUSION: hide,
    }
)


def _rim(image: PIL.Image.Image) -> tuple[int, int, int]:
    """The mean colour along a picture's four sides."""
    pixels = np.asarray(image)
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]).mean(0)
    red, green, blue = (round(float(one)) for one in rim)
    return red, green, blue


def _shorter(box: Box) -> int:
    return min(box.x1 - box.x0, box.y1 - box.y0)


# ── another background ───────────────────────────────────────────────────────────────────────────


class BackgroundOptions(Value):
    """Which subjects get another background."""

    seed: int = 0
    share: float = Field(0.5, ge=0, le=1, description="Of the training crops: those that are tried.")
    folder: str = Field("", description="Photos (JPEG, PNG) to take backgrounds from, that show no subject; else made.")


class Backgrounds:
    """The step `Crop` → a `Picture` of the subject before something else, or none; writes OUT/pictures and OUT/crops.

    Only a mask that passes `bot.data.pictures.masks.TRUST` is used: others are refused with what is wrong with them.
    """

    name, record = "backgrounds", Picture

    def __init__(self, out: Path, options: BackgroundOptions, *, concurrency: int = 2) -> None:
        """Look for the photos. Raises `ConfigError` where the folder has none."""
        self.options, self.concurrency, self._out = options, concurrency, out
        found = Path(options.folder).glob("*") if options.folder else ()
        self._photos = sorted(one for one in found if one.suffix.lower() in {".jpg", ".jpeg", ".png"})
        if options.folder and not self._photos:
            raise ConfigError(f"There is no JPEG or PNG in {options.folder}: set backgrounds.folder to where some are.")

    def id_of(self, given: Crop) -> str:
        """The crop's id."""
        return given.id

    async def make(self, given: Crop) -> Sequence[Picture]:
        """One picture, or none where it isn't drawn. Raises `Refused`."""
        random = drawing(self.options.seed, given, self.name)
        if given.split == "eval" or random.random() >= self.options.share:
            return []
        return [await asyncio.to_thread(self._changed, given, random)]

    def _changed(self, given: Crop, random: np.random.Generator) -> Picture:
        box = box_of(given)
        if any(_inside(Box(*one.box), box) > 0.1 * box.area for one in given.others):
            raise Refused("somebody else is in the box")
        image = opened(self._out / given.picture)
        alpha = subject_mask(image, box)[:, :, None]
        behind = self._behind(image, alpha, random)
        pixels = np.clip(np.round(image.pixels * alpha + behind * (1 - alpha)), 0, 255).astype(np.uint8)
        alone = given.model_copy(update={"others": ()})
        frame = Frame(PIL.Image.fromarray(pixels), (box,))
        return write_picture(self._out, alone, frame, (BACKGROUND,), "background", self.options)

    def _behind(self, image: Image, alpha: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
        """A photo of the folder, a gradient, coloured clouds, or the picture's own background, blurred."""
        height, width = image.pixels.shape[:2]
        if self._photos:
            photo = PIL.Image.fromarray(opened(self._photos[int(random.integers(len(self._photos)))]).pixels)
            middle = random.uniform(0, 1), random.uniform(0, 1)
            return np.asarray(ImageOps.fit(photo, (width, height), centering=middle), np.float32)
        kind = int(random.integers(3))
        if kind == 0:
            corners = random.integers(0, 256, (2, 2, 3)).astype(np.float32)
            return _stretched(corners, (width, height))
        if kind == 1:
            colour = np.broadcast_to(random.integers(30, 226, 3).astype(np.float32), image.pixels.shape)
            for step in (2, 4, 9, 19):
                colour = colour + _stretched(random.normal(0, 60 / step, (step, step, 3)), (width, height))
            return np.asarray(np.clip(colour, 0, 255), np.float32)
        blur = max(height, width) / 12
        seen = gaussian_filter(1 - alpha, (blur, blur, 0)) + 1e-3
        return np.asarray(gaussian_filter(image.pixels * (1 - alpha), (blur, blur, 0)) / seen, np.float32)


def _stretched(grid: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float32]:
    """A small grid of colours (h, w, 3), smoothly stretched to (width, height) pixels."""
    channels = [
        np.asarray(PIL.Image.fromarray(grid[:, :, one].astype(np.float32)).resize(size, PIL.Image.Resampling.BICUBIC))
        for one in range(3)
    ]
    return np.stack(channels, axis=2)


# ── what may still be said ───────────────────────────────────────────────────────────────────────

# Beginnings of words, and whole Chinese ones.
_SIDES = "left right links linke rechts rechte izquierd derech 左 右"
_WRITING = "text letter written writing reads logo label word number sign inscription"
_POSITIONS = (
    "middle cent corner top bottom upper lower edge side close large big huge small tiny fills distan far near "
    "foreground mitte oben unten ecke groß klein arriba abajo grande pequeñ 上 下 中间 大 小"
)
_POSTURE = "upright straight level horizontal vertical tilt slant lean gerade schräg recto inclinad"
_COLOURS = (
    "black white grey gray red green blue yellow orange purple pink brown beige gold silver dark bright light lit "
    "sunny sunset shad dim night day colo schwarz weiß grau rot grün blau gelb braun hell dunkel negr blanc gris roj "
    "verde azul amarill marrón oscur clar 黑 白 红 绿 蓝 黄 暗 亮 色"
)
_SPOILS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        change.value: re.compile(
            "|".join(rf"\b{re.escape(one)}" if one.isascii() else re.escape(one) for one in words.split())
        )
        for change, words in (
            (Alteration.FLIP, f"{_SIDES} {_WRITING}"),
            (Alteration.ROTATION, _POSTURE),
            (Alteration.LIGHT, _COLOURS),
            (Alteration.SCALE, f"{_SIDES} {_POSITIONS}"),
        )
    }
)


def holds(text: str, augmented: Sequence[str]) -> bool:
    """Whether what was said of a picture is still true after these changes, as far as its words tell.

    After a flip nothing that speaks of sides or writing is, after another light nothing about colours. What was said
    of a picture that was cut, partly hidden or put before another background can't be trusted at all.
    """
    said = text.lower()
    return all(change in _SPOILS and not _SPOILS[change].search(said) for change in augmented)
