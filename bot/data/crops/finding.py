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
_SURE = 0.5  # confidence of what is told of as somebody else
_PERSON = "person"
_PEOPLE = frozenset({_PERSON, "man", "woman", "boy", "girl", "child", "baby", "face", "friend", "people"})


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
        """What a photo is about: the plainest region of its category, where there is one, else as `/remember` picks it.

        Then a person is no subject of another category: hands hold things. All of the photo where nothing stands out.
        Raises `core.errors.ModelError`.
        """
        kind = _PERSON if fold(category) in _PEOPLE else fold(category)
        async with self._lock:
            detected = (await asyncio.to_thread(self._detect, image, kind))[:_MOST_REGIONS]
        alike = [one for one in detected if kind and _is_a(kind, one.category or "")]
        if alike:
            subject = max(alike, key=lambda one: one.confidence * one.box.area)
        else:
            regions = [*(one for one in detected if not kind or one.category != _PERSON), Region(image.box)]
            subject = regions[subject_index(regions)]
        others = [
            Other(box=one.box, category=one.category or "")
            for one in detected
            if one.box.overlap(subject.box) < _SAME and one.confidence >= _SURE
        ]
        return FoundSubject(subject.box, subject.category or "", tuple(others))

    def _detect(self, image: Image, category: str) -> list[Region]:
        return self._detector().detect([image], [(category,)] if category else ())[0]


def _is_a(kind: str, category: str) -> bool:
    """Whether people's word names what the detector calls `category`: "tabby cat" and "cats" are "cat"."""
    known = fold(category)
    return bool(known) and any(f" {one}".endswith(f" {known}") for one in (kind, kind.removesuffix("s")))
