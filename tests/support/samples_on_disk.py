"""A small build on disk: photos of coloured squares, their crops, and samples about them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image

from bot.data.records import Split
from bot.data.samples import Kind, Provenance, RetrievedConcept, Sample, Turn, write_samples
from core.concepts import Box

SIZE = (160, 120)
BOX = Box(20, 20, 90, 90)


def photo(file: Path, seed: int, size: tuple[int, int] = SIZE) -> str:
    """A picture of coarse random patches, which no other seed's is like; its path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    patches = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    PIL.Image.fromarray(patches).resize(size, PIL.Image.Resampling.BICUBIC).save(file, quality=92)
    return file.name


def concept(name: str, subject: str = "", *, noise: bool = False) -> RetrievedConcept:
    """A concept with its crop at crops/NAME.jpg."""
    return RetrievedConcept(
        crop=f"crops/{name}.jpg",
        name=name,
        info=f"<{name}> likes snow.",
        category="dog",
        box=BOX,
        noise=noise,
        subject=subject or f"photos/{name}",
    )


def sample(number: str, *concepts: RetrievedConcept, question: str = "", answer: str = "", **changed: object) -> Sample:
    """A sample about photo pictures/NUMBER.jpg: by default who is on it, answered with all that are there."""
    there = [one for one in concepts if not one.noise]
    names = " and ".join(f"<{one.name}>" for one in there)
    told = {
        "id": number,
        "kind": Kind.CAPTION,
        "image": f"pictures/{number}.jpg",
        "turns": (
            Turn(question=question or "Who is it?", answer=answer or (f"It's {names}." if there else "Nobody.")),
        ),
        "concepts": concepts,
        "subjects": tuple(one.subject for one in there),
        "provenance": Provenance(source="photos", licence="CC0-1.0"),
    }
    return Sample.model_validate(told | changed)


def small_build(out: Path, samples: dict[Split, list[Sample]]) -> Path:
    """Write samples with a photo and crops for all of them; the folder."""
    seed = 0
    for split, some in samples.items():
        for one in some:
            for path in filter(None, (one.image, *(known.crop for known in one.concepts))):
                seed += 1
                if not (out / path).exists():
                    photo(out / path, seed)
        write_samples(out / "rap" / f"{split}.json", some)
    return out
