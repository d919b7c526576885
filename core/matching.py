"""Which region is whom: probabilities → the best assignment → graded sightings. Pure functions.

The whole photo is a region too, for what the detector has no word for; it overlaps all others, so
what is seen in it counts only where no smaller region tells the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.calibration import Calibration
from core.concepts import Box, Concept, Grade, Match, Region, Sighting, Vectors

_SAME_PLACE = 0.5  # of the smaller region's area


def sightings(
    regions: Sequence[Region], concepts: Sequence[Concept], scores: Vectors, calibration: Calibration
) -> tuple[Sighting, ...]:
    """Grade what is in each region, the best match first and strangers last.

    `scores` (regions, concepts) are similarities, −1 where a concept is out of the question. A region
    gets at most one concept and a concept at most one region. Regions without a category that match
    nobody are dropped: they were only places to look at.
    """
    chances = calibration.probabilities(scores)
    named = _apart(regions, _assigned(chances, calibration.maybe))
    known = [
        Sighting(
            regions[row],
            calibration.grade(chance),
            Match(concepts[column].id, concepts[column].name, chance),
            chance,
        )
        for row, column, chance in named
    ]
    taken = [regions[row] for row, *_ in named]
    best = chances.max(1, initial=0)
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
    near = np.array([[_share(one.box, other.box) > _SAME_PLACE for other in regions] for one in regions])
    return np.asarray(near.astype(np.uint8) @ denied.astype(np.uint8) > 0)


def _assigned(chances: Vectors, least: float) -> list[tuple[int, int, float]]:
    """The assignment of regions to concepts with the greatest sum of chances: row, column, chance."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - a slow import that /help can do without

    rows, columns = linear_sum_assignment(np.where(chances >= least, chances, 0), maximize=True)
    found = [
        (int(row), int(column), float(chances[row, column]))
        for row, column in zip(rows, columns, strict=True)
    ]
    return sorted((one for one in found if one[2] >= least), key=lambda one: -one[2])


def _apart(
    regions: Sequence[Region], found: Sequence[tuple[int, int, float]]
) -> list[tuple[int, int, float]]:
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
