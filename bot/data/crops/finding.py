"""Where the subject of a photo is that nobody has drawn a box on: found as `/remember` finds it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.data.records import Other
from core.concepts import Box, Region
from core.images.decoding import Image
from core.names import fold
from core.ports import Detector
from core.recognition.subject import subject_index

_MOST_REGIONS = 8  # as the recogniser takes
_SAME = 0.6  # overlap of two regions that the detector has seen in one thing


@dataclass(frozen=True, slots=True)
class FoundSubject:
    """A photo's subject: its box, the detector's word for it, and what else is there."""

    box: Box
    category: str = ""
    others: tuple[Other, ...] = ()


class SubjectFinder:
    """Asks a detector, one photo at a time. `detector` builds it or hands it out, on a thread; `identity` names it."""

    def __init__(self, detector: Callable[[], Detector], identity: str) -> None:
        self.identity = identity
        self._detector, self._lock = detector, asyncio.Lock()

    async def find(self, image: Image, category: str = "") -> FoundSubject:
        """What a photo is about: among regions of its category, where there are some, else as `/remember` picks it.

        All of the photo where nothing stands out. Raises `core.errors.ModelError`.
        """
        async with self._lock:
            detected = (await asyncio.to_thread(self._detect, image, category))[:_MOST_REGIONS]
        alike = [one for one in detected if category and one.category and fold(one.category) == fold(category)]
        regions = [*(alike or detected), Region(image.box)]
        subject = regions[subject_index(regions)]
        others = [
            Other(box=one.box, category=one.category or "")
            for one in detected
            if one.box.overlap(subject.box) < _SAME and one.confidence >= 0.5
        ]
        return FoundSubject(subject.box, subject.category or "", tuple(others))

    def _detect(self, image: Image, category: str) -> list[Region]:
        return self._detector().detect([image], [(category,)] if category else ())[0]
