"""Which region is whom: probabilities → the best assignment → graded sightings. Pure functions.

The whole photo is a region too, and the one that tells most; who is recognised in it is then looked
for among the smaller regions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.concepts import Box, Concept, Grade, Match, Region, Sighting, Vectors
from core.recognition.calibration import Calibration

_SAME_PLACE = 0.5  # of the smaller region's area
_DETECTED = 0.05  # likeness that a detected region's clear outline is worth
_TELLING = 0.5  # of the likeness of the whole photo: what a place must have for somebody to be there


def sightings(
    regions: Sequence[Region], concepts: Sequence[Concept], scores: Vectors, calibration: Calibration
) -> tuple[Sighting, ...]:
    """Grade what is in each region, the best match first and strangers last.

    `scores` (regions, concepts) are similarities, −1 where a concept is out of the question. A region
    gets at most one concept and a concept at most one region. Regions without a category that match
    nobody are dropped: they were only places to look at.
    """
    probabilities = calibration.probabilities(scores)
    found = _assigned(probabilities, calibration.maybe)
    named = _apart(
        regions,
        [(_placed(regions, scores[:, column], row), column, probability) for row, column, probability in found],
    )
    known = [
        Sighting(
            regions[row],
            calibration.grade(probability),
            Match(concepts[column].id, concepts[column].name, probability),
            probability,
        )
        for row, column, probability in named
    ]
    taken = [regions[row] for row, *_ in named]
    best = probabilities.max(1, initial=0)
    strangers = [
        Sighting(region, Grade.UNKNOWN, None, min(float(best[row]), calibration.maybe))
        for row, region in enumerate(regions)
        if region.category and not any(_share(region.box, other.box) > _SAME_PLACE for other in taken)
    ]
    return (*known, *strangers)


def spread(regions: Sequence[Region], denied: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Carry "this is not bo" (regions, concepts) over to the regions in the same place.

    Else the whole photo would say bo when the dog in it may not, or the other way round.
    """
    if not denied.any():
        return denied
    near = np.array([[_share(one.box, other.box) > _SAME_PLACE for other in regions] for one in regions])
    return np.asarray(near.astype(np.uint8) @ denied.astype(np.uint8) > 0)


def _assigned(probabilities: Vectors, least: float) -> list[tuple[int, int, float]]:
    """The assignment of regions to concepts with the greatest sum of probabilities: row, column, probability."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - a slow import that /help can do without

    rows, columns = linear_sum_assignment(np.where(probabilities >= least, probabilities, 0), maximize=True)
    found = [
        (int(row), int(column), float(probabilities[row, column])) for row, column in zip(rows, columns, strict=True)
    ]
    return sorted((one for one in found if one[2] >= least), key=lambda one: -one[2])


def _placed(regions: Sequence[Region], scores: Vectors, row: int) -> int:
    """Where somebody recognised in a region without a category is: the smaller region most alike.

    A detected region comes before a mere place to look at, unless that is clearly more alike. `scores`
    (regions,) are the concept's.
    """
    if regions[row].category:
        return row
    inside = [place for place, one in enumerate(regions) if one.box.area < regions[-1].box.area]
    gains = [scores[place] + _DETECTED * bool(regions[place].category) for place in inside]
    best = int(np.argmax(gains)) if gains else row
    return inside[best] if gains and scores[inside[best]] >= _TELLING * scores[row] else row


def _apart(regions: Sequence[Region], found: Sequence[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    """Of matches that share a place only the most probable."""
    kept: list[tuple[int, int, float]] = []
    for one in found:
        if all(_share(regions[one[0]].box, regions[other[0]].box) <= _SAME_PLACE for other in kept):
            kept.append(one)
    return kept


def _share(a: Box, b: Box) -> float:
    """How much of the smaller of two boxes lies in the other."""
    inner = Box(max(a.x0, b.x0), max(a.y0, b.y0), min(a.x1, b.x1), min(a.y1, b.y1)).area
    smaller = min(a.area, b.area)
    return inner / smaller if smaller else 0.0
