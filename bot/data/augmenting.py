"""Pictures that samples are made of: each crop's own, and changed ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.data.records import Crop, Picture
from bot.data.samples import Value


class AugmentOptions(Value):
    """How pictures are changed."""

    seed: int = 0


class Augmentation:
    """The step `Crop` → `Picture`s."""

    name, record = "pictures", Picture

    def __init__(self, out: Path, options: AugmentOptions, *, concurrency: int = 2) -> None:
        self.options, self.concurrency, self._out = options, concurrency, out

    def id_of(self, given: Crop) -> str:
        """The crop's id."""
        return given.id

    async def make(self, given: Crop) -> Sequence[Picture]:
        """The crop's own picture."""
        box = given.box
        if box is None:
            raise AssertionError("a crop has a box")
        return [
            Picture(
                id=given.id, view=given.id, subject=given.subject, picture=given.picture, box=box, others=given.others
            )
        ]
