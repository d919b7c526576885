"""`eval robust`: what darkness, noise, a hand before the lens or a small subject do to recall.

References stay as they are; the photos asked about are changed, each kind of change in four steps.
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
from bot.evaluation.experiments.retrieval import looked_at
from bot.evaluation.harness.eyes import Eyes, Seen, opened
from bot.evaluation.harness.metrics import mean
from bot.evaluation.harness.report import Report
from core.images.decoding import Image, decode
from core.recognition.index import ChatIndex

Picture = PIL.Image.Image
Change = Callable[[Picture, float], Picture]


def covered(picture: Picture, share: float) -> Picture:
    """A grey rectangle of the photo's shape over `share` of its area, somewhere near the middle."""
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
    """Only this share of the light is left."""
    return ImageEnhance.Brightness(picture).enhance(light)


def noisy(picture: Picture, deviation: float) -> Picture:
    """Gaussian noise on each channel, in steps of 255."""
    pixels = np.asarray(picture, np.float32)
    noise = np.random.default_rng(0).normal(0, deviation, pixels.shape)
    return PIL.Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def blurred(picture: Picture, share: float) -> Picture:
    """Out of focus; the radius is a share of the longer side."""
    return picture.filter(ImageFilter.GaussianBlur(share * max(picture.size)))


def compressed(picture: Picture, quality: float) -> Picture:
    """Saved as a JPEG of this quality and read again."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=round(quality))
    return PIL.Image.fromarray(decode(out.getvalue()).pixels)


def shrunk(picture: Picture, share: float) -> Picture:
    """The whole photo at this share of its sides, in the middle of a plain ground of its mean colour."""
    ground = PIL.Image.new("RGB", picture.size, picture.resize((1, 1)).getpixel((0, 0)))
    small = picture.resize((max(1, round(share * picture.width)), max(1, round(share * picture.height))))
    ground.paste(small, ((picture.width - small.width) // 2, (picture.height - small.height) // 2))
    return ground


def turned(picture: Picture, degrees: float) -> Picture:
    """Rotated against the clock, corners in the mean colour."""
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
    eyes: Eyes,
    collection: Collection,
    *,
    references: int = 3,
    photos: int = 2,
    seed: int = 0,
    progress: Progress,
) -> Report:
    """The experiment: Top-1 recall by change and step."""
    collection = await looked_at(eyes, collection, progress)
    split = everyone_known(collection, references, seed)
    index = await eyes.remember(split.references)
    queries = few(split.queries, photos)
    plain = [eyes.identify(index, await eyes.look(one.path)) for one in queries]
    details = {
        name: await _steps(eyes, index, queries, plain, change, steps)
        for name, (change, steps) in progress.track(CHANGES.items(), description="Changing photos")
    }
    conditions = (
        f"Top-1 recall of {len(queries)} photos of {len(collection.subjects)} concepts,"
        f" {references} references each, everybody known.",
    )
    rows = tuple(_row(name, found) for name, found in details.items())
    return Report(
        "robust",
        collection.name,
        rows,
        eyes.identities,
        (seed,),
        conditions,
        collection.skipped,
        {"changes": details},
    )


async def _steps(
    eyes: Eyes,
    index: ChatIndex,
    queries: Sequence[Query],
    plain: Sequence[Seen],
    change: Change,
    steps: Sequence[float],
) -> dict[str, list[float]]:
    """Top-1 recall and the share named or asked about, unchanged and after each step."""
    found = [plain]
    for step in steps:
        looks = [await eyes.look_at(changed(one.path, change, step)) for one in queries]
        found.append([eyes.identify(index, look) for look in looks])
    return {
        "steps": list(steps),
        "top1": [_first(queries, seen) for seen in found],
        "named": [_named(queries, seen) for seen in found],
    }


def _row(name: str, found: Mapping[str, Sequence[float]]) -> dict[str, object]:
    first, *rest = found["top1"]
    return {
        "change": name,
        "in steps of": ", ".join(f"{step:g}" for step in found["steps"]),
        "unchanged": first,
        **{f"step {number}": value for number, value in enumerate(rest, 1)},
    }


def changed(path: Path, change: Change, step: float) -> Image:
    """A file's pixels after a change."""
    return Image(np.asarray(change(PIL.Image.fromarray(opened(path).pixels), step)))


def _first(queries: Sequence[Query], seen: Sequence[Seen]) -> float:
    return mean([one.best[0] == query.truth for query, one in zip(queries, seen, strict=True)])


def _named(queries: Sequence[Query], seen: Sequence[Seen]) -> float:
    """The share where the right name was said or asked about."""
    return mean(
        [
            any(sighting.match and sighting.match.name == query.truth for sighting in one.sightings)
            for query, one in zip(queries, seen, strict=True)
        ]
    )
