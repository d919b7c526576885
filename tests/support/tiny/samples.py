"""A small folder of samples in RAP's layout, with pictures of several shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image

from bot.data.samples import Kind, RetrievedConcept, Sample, Turn, write_samples
from core.concepts import Box


def picture(file: Path, size: tuple[int, int], seed: int) -> None:
    """A JPEG of noise."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    PIL.Image.fromarray(pixels).save(file)


def sample(folder: Path, number: int) -> Sample:
    """Who is in a photo: one who is retrieved and there, and every other time one who isn't."""
    image, crops = f"photos/{number}.jpg", [f"crops/{number}-{one}.jpg" for one in ("bo", "mia")]
    picture(folder / image, (60, 40) if number % 2 else (30, 70), number)
    for offset, crop in enumerate(crops):
        picture(folder / crop, (30, 50), 1000 * (offset + 1) + number)
    bo = RetrievedConcept(crop=crops[0], name="bo", info="<bo> is a dog.", category="dog", box=Box(0, 0, 20, 30))
    mia = RetrievedConcept(crop=crops[1], name="mia", info="<mia> is a cat.", box=Box(5, 5, 30, 35), noise=True)
    return Sample(
        id=f"sample-{number}",
        kind=Kind.CAPTION,
        image=image,
        turns=(Turn(question="Who is it?", answer="That's <bo>."),),
        concepts=(bo, mia) if number % 2 else (bo,),
        subjects=("bo",),
    )


def folder_of(folder: Path, count: int, aside: int = 2) -> Path:
    """So many samples to learn from, and some to measure on."""
    write_samples(folder / "rap/train.json", [sample(folder, one) for one in range(count)])
    write_samples(folder / "rap/eval.json", [sample(folder, 100 + one) for one in range(aside)])
    return folder
