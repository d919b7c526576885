"""Models that need no weights, behind the ports: coloured blocks on white are the things they see."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import PIL.Image

from bot.build.models import Models
from core.concepts import Box, Embedding, Face, Region
from core.images.decoding import Image
from core.language.composer import Composer
from core.messages import Photo
from core.ports import Categories, Generator, Prompt, View
from core.recognition.calibration import Calibration

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 160, 60),
    "blue": (40, 60, 220),
    "yellow": (240, 210, 40),
    "pink": (240, 130, 190),
    "black": (20, 20, 20),
}
_CATEGORIES = {
    "red": "dog",
    "green": "dog",
    "blue": "cat",
    "yellow": "cat",
    "pink": "person",
    "black": "chair",
}


def blocks(*colours: str, size: int = 160) -> Photo:
    """A photo of coloured, grainy blocks side by side, 40 px apart, on white."""
    pixels = np.full((size + 80, len(colours) * (size + 40) + 40, 3), 255, np.uint8)
    for place, colour in enumerate(colours):
        left = 40 + place * (size + 40)
        grain = np.random.default_rng(place).integers(-9, 10, (size, size, 3))
        pixels[40 : 40 + size, left : left + size] = np.clip(np.add(COLOURS[colour], grain), 0, 255)
    out = io.BytesIO()
    PIL.Image.fromarray(pixels).save(out, "PNG")
    return Photo(out.getvalue(), f"{'-'.join(colours)}.png")


class BlockDetector:
    """Finds the blocks; a colour has its category."""

    identity = "blocks"

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        return [[*self._blocks(image)] for image in images]

    def _blocks(self, image: Image) -> list[Region]:
        found = []
        for name, colour in COLOURS.items():
            rows, columns = np.nonzero(np.abs(image.pixels.astype(int) - colour).sum(2) < 60)
            if len(rows) > 400:
                box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
                found.append(Region(box, _CATEGORIES[name], 0.9))
        return found


# What stands for faces: squares of these colours on a pink block.
FACES = {"ann": (0, 200, 200), "ben": (120, 70, 0), "cleo": (110, 110, 110)}


def portrait(*faces: str, clothes: str = "pink") -> Photo:
    """A photo of people side by side, each with that face; one without a name shows none. `clothes` are pink."""
    pixels = np.array(PIL.Image.open(io.BytesIO(blocks(*[clothes] * len(faces)).data)))
    for place, face in enumerate(faces):
        if face:
            left = 100 + place * 200
            pixels[60:100, left : left + 40] = FACES[face]
    out = io.BytesIO()
    PIL.Image.fromarray(pixels).save(out, "PNG")
    return Photo(out.getvalue(), f"{'-'.join(faces)}.png")


class SquareFaces:
    """Finds the squares that stand for faces; the embeddings of two are 1.4 apart."""

    identity = "faces:squares"

    def find(self, views: Sequence[View]) -> list[list[Face]]:
        return [self._find(view) for view in views]

    def _find(self, view: View) -> list[Face]:
        found = []
        for number, colour in enumerate(FACES.values()):
            for box in view.boxes:
                part = view.image.pixels[box.y0 : box.y1, box.x0 : box.x1].astype(int)
                rows, columns = np.nonzero(np.abs(part - colour).sum(2) < 30)
                if len(rows) > 400:
                    edges = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
                    corner = (box.x0, box.y0) * 2
                    face = Box(*(int(edge + start) for edge, start in zip(edges, corner, strict=True)))
                    found.append(Face(face, np.eye(128, dtype=np.float32)[number]))
                    break
        return found


class ColourEncoder:
    """Embeds a box by how much of each colour is in it."""

    identity = "colours"
    dimension = len(COLOURS)

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        return [[self._embed(view.image, box) for box in view.boxes] for view in views]

    def _embed(self, image: Image, box: Box) -> Embedding:
        pixels = image.pixels[box.y0 : box.y1, box.x0 : box.x1].astype(int)
        shares = [float((np.abs(pixels - colour).sum(2) < 60).mean()) for colour in COLOURS.values()]
        vector = np.asarray(shares, np.float32) + 1e-4
        return Embedding(vector / np.linalg.norm(vector), np.zeros((0, self.dimension), np.float32))


@dataclass
class SlowTalker:
    """A generator that sees, says its words one at a time, and waits before each until it may go on."""

    words: Callable[[Prompt], list[str]]
    identity: str = "slow"
    sees: bool = True
    prompts: list[Prompt] = field(default_factory=list)
    said: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def step(self) -> None:
        """Let it say one more word."""
        self.go_on.set()
        self.go_on.clear()

    async def say_next(self) -> None:
        """Let it say one more word, and wait until it waits again."""
        await self.said.wait()
        self.said.clear()
        self.step()
        await self.said.wait()

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        self.prompts.append(prompt)
        for word in self.words(prompt):
            yield word
            self.said.set()
            await self.go_on.wait()


def fake_models(generator: Generator | None = None, *, faces: bool = False) -> Models:
    """Blocks and colours, with a calibration that is sure of one colour and unsure of a mixture."""
    return Models(
        {"cpu": BlockDetector},
        {"cpu": ColourEncoder},
        ColourEncoder.identity,
        Calibration(bias=-12.0, slope=20.0, lead=0.0, sure=0.95, maybe=0.4),
        generator or Composer(),
        face_finders={"cpu": SquareFaces} if faces else {},
        faces_identity=SquareFaces.identity if faces else "",
    )
