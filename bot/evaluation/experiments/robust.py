"""`eval robust`: how darkness, noise, a covered lens or a small subject change recall.

References stay as they are; the queries are changed, each kind of change in four steps.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import PIL.Image
from PIL import ImageEnhance, ImageFilter
from rich.progress import Progress

from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import Query, everyone_known, few
from bot.evaluation.harness.metrics import mean
from bot.evaluation.harness.recognition import FileRecognizer, Identification, matched_names, open_image
from bot.evaluation.harness.report import Report
from core.counting import counted
from core.images.decoding import Image, decode

Picture = PIL.Image.Image
Change = Callable[[Picture, float], Picture]


def covered(picture: Picture, share: float) -> Picture:
    """A grey rectangle of the photo's shape over `share` of its area, at a random position near the middle."""
    side = share**0.5
    width, height = round(side * picture.width), round(side * picture.height)
    rng = np.random.default_rng(picture.width * picture.height)
    left, top = (
        round((edge - part) * rng.uniform(0.25, 0.75))
        for edge, part in ((picture.width, width), (picture.height, height))
    )
    changed = picture.copy()
    changed.paste((128, 128, 128), (left, top, left + width, top + height))
    return changed


def darkened(picture: Picture, light: float) -> Picture:
    """The photo at this share of its brightness."""
    return ImageEnhance.Brightness(picture).enhance(light)


def noisy(picture: Picture, deviation: float) -> Picture:
    """Gaussian noise on each channel; its standard deviation is in units of pixel values, 0…255."""
    pixels = np.asarray(picture, np.float32)
    noise = np.random.default_rng(0).normal(0, deviation, pixels.shape)
    return PIL.Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def blurred(picture: Picture, share: float) -> Picture:
    """Gaussian blur; its radius is a share of the longer side."""
    return picture.filter(ImageFilter.GaussianBlur(share * max(picture.size)))


def compressed(picture: Picture, quality: float) -> Picture:
    """Saved as a JPEG of this quality and read again."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=round(quality))
    return PIL.Image.fromarray(decode(out.getvalue()).pixels)


def shrunk(picture: Picture, share: float) -> Picture:
    """The whole photo at this share of its sides, in the middle of a canvas of its size and mean colour."""
    canvas = PIL.Image.new("RGB", picture.size, picture.resize((1, 1)).getpixel((0, 0)))
    small = picture.resize((max(1, round(share * picture.width)), max(1, round(share * picture.height))))
    canvas.paste(small, ((picture.width - small.width) // 2, (picture.height - small.height) // 2))
    return canvas


def turned(picture: Picture, degrees: float) -> Picture:
    """Rotated counter-clockwise, the corners in the mean colour."""
    colour = picture.resize((1, 1)).getpixel((0, 0))
    return picture.rotate(degrees, PIL.Image.Resampling.BICUBIC, expand=True, fillcolor=colour)


CHANGES: Mapping[str, tuple[Change, tuple[float, ...]]] = MappingProxyType(
    {
        "covered, share of the photo": (covered, (0.1, 0.3, 0.5, 0.7)),
        "light left": (darkened, (0.5, 0.25, 0.12, 0.06)),
        "noise, of 255": (noisy, (10, 25, 50, 80)),
        "blur, of the longer side": (blurred, (0.003, 0.006, 0.012, 0.025)),
        "JPEG quality": (compressed, (50, 25, 10, 5)),
        "size in the frame": (shrunk, (0.5, 0.35, 0.25, 0.15)),
        "turned, degrees": (turned, (15, 45, 90, 180)),
    }
)


async def measure(
    recognizer: FileRecognizer,
    collection: Collection,
    *,
    references: int = 3,
    photos: int = 2,
    seed: int = 0,
    progress: Progress,
) -> Report:
    """Run the experiment: Top-1 recall by change and step. Raises `DataError` when too little can be read."""
    collection = await recognizer.readable(collection, progress)
    split = everyone_known(collection, references, seed)
    index = await recognizer.index(split.references)
    queries = few(split.queries, photos)
    features = [await recognizer.features(one.path) for one in queries]
    unchanged = _recall(queries, [recognizer.identify(index, one) for one in features])
    rows, details = list[dict[str, object]](), {}
    for name, (change, steps) in progress.track(CHANGES.items(), description="Changing photos"):
        recalls = [unchanged]
        for step in steps:
            features = [await recognizer.features_of(changed(one.path, change, step)) for one in queries]
            recalls.append(_recall(queries, [recognizer.identify(index, one) for one in features]))
        top1, named = [one[0] for one in recalls], [one[1] for one in recalls]
        details[name] = {"steps": list(steps), "top1": top1, "named": named}
        row = {"change": name, "in steps of": ", ".join(f"{step:g}" for step in steps), "unchanged": top1[0]}
        rows.append(row | {f"step {number}": value for number, value in enumerate(top1[1:], 1)})
    return Report(
        "robust",
        collection.name,
        tuple(rows),
        recognizer.identities,
        (seed,),
        (
            f"Top-1 recall of {counted(len(queries), 'photo')} of {counted(len(collection.subjects), 'concept')},"
            f" {counted(references, 'reference')} each, everybody known.",
        ),
        collection.skipped,
        {"changes": details},
    )


def changed(path: Path, change: Change, step: float) -> Image:
    """A file's pixels after a change."""
    return Image(np.asarray(change(PIL.Image.fromarray(open_image(path).pixels), step)))


def _recall(queries: Sequence[Query], found: Sequence[Identification]) -> tuple[float, float]:
    """The share of queries whose concept is the most probable, and the share where a sighting has its name."""
    pairs = [(query.truth, one) for query, one in zip(queries, found, strict=True)]
    named = [truth in matched_names(one.sightings) for truth, one in pairs]
    return mean([one.best[0] == truth for truth, one in pairs]), mean(named)
