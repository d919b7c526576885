"""What was denied counts for what is like it, not for its own photo alone."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from core.concepts import Box, Concept, Embedding, Grade, Region
from core.recognition import assignment
from core.recognition.calibration import Calibration
from core.recognition.index import ChatIndex
from core.store.values import Memory, StoredEmbedding

CURVE = Calibration(bias=-8.0, slope=10.0, lead=10.0, sure=0.95, maybe=0.25, floor=0.2)
NO_PARTS = np.zeros((0, 3), np.float32)


def embedded(*along: float) -> Embedding:
    vector = np.array(along, np.float32)
    return Embedding(vector / np.linalg.norm(vector), NO_PARTS)


def graded(photo: Embedding, *denied: Embedding) -> Grade:
    """Of a photo of the one thing that a chat knows, with what it is known not to be."""
    concept = Concept(1, "bo", None, (), "ann", "Ann", datetime(2026, 11, 27, tzinfo=UTC), 1)
    rows = [StoredEmbedding(1, 1, False, embedded(1, 0, 0))]
    rows += [StoredEmbedding(number, 1, True, one) for number, one in enumerate(denied, 2)]
    index, regions = ChatIndex(Memory(1, (concept,), tuple(rows))), (Region(Box(0, 0, 9, 9), "dog", 0.9),)
    found = index.compare([photo])
    seen = assignment.scores(regions, [photo], found)
    return assignment.sightings(regions, index.concepts, seen, CURVE)[0].grade


def test_what_is_nearly_as_like_what_was_denied_is_asked_about() -> None:
    between = embedded(1, 0.8, 0)
    assert graded(embedded(1, 0.1, 0)) is Grade.SURE
    assert graded(between) is Grade.SURE
    assert graded(between, embedded(0.2, 1, 0)) is Grade.MAYBE
    assert graded(embedded(0.5, 1, 0), embedded(0.2, 1, 0)) is Grade.UNKNOWN


def test_what_is_like_nothing_that_was_denied_is_named_as_before() -> None:
    assert graded(embedded(1, 0.1, 0), embedded(0, 0, 1)) is Grade.SURE
