"""Which region shows which concept: similarities → the best assignment → graded sightings. Pure functions.

The whole photo is a region too, and the one whose similarities discriminate best; a concept recognised in it is
then localised among the smaller regions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.concepts import Box, Concept, Embedding, Grade, Match, Region, Sighting, Vectors
from core.recognition.calibration import Calibration
from core.recognition.index import Similarities

_SAME_OBJECT = 0.5  # intersection over the smaller box's area: two regions that share more show one thing
_DETECTED_BONUS = 0.05  # similarity that a detected region's tight outline is worth
_REGION_HANDICAP = 0.15  # taken off the similarity of each smaller region: of so many, some match by chance
_LEAST_LOCALISED = 0.5  # of the whole photo's similarity: the least that a region must have to be where somebody is


def sightings(
    regions: Sequence[Region], concepts: Sequence[Concept], scores: Vectors, calibration: Calibration
) -> tuple[Sighting, ...]:
    """Grade what each region shows: recognised concepts by falling probability, then strangers.

    `scores` (regions, concepts) are similarities, −1 where a concept is ruled out. A region gets at most one
    concept and a concept at most one region; of matches that share a region only the most probable stays.
    Regions without a category that match no concept are left out: they were candidates only.
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - a slow import that /help can do without

    probabilities = calibration.probabilities(scores)
    pairs = linear_sum_assignment(np.where(probabilities >= calibration.maybe, probabilities, 0), maximize=True)
    assigned = [
        (float(probabilities[row, column]), row, column)
        for row, column in zip(*pairs, strict=True)
        if probabilities[row, column] >= calibration.maybe
    ]
    known: list[Sighting] = []
    for probability, row, column in sorted(assigned, key=lambda one: -one[0]):
        region = regions[_localised(regions, scores[:, column], row)]
        taken = any(_intersection_over_smaller(region.box, other.region.box) > _SAME_OBJECT for other in known)
        if not taken:
            match = Match(concepts[column].id, concepts[column].name, probability)
            known.append(Sighting(region, calibration.grade(probability), match, probability))
    best = probabilities.max(1, initial=0)
    strangers = [
        Sighting(region, Grade.UNKNOWN, None, min(float(best[row]), calibration.maybe))
        for row, region in enumerate(regions)
        if region.category
        and not any(_intersection_over_smaller(region.box, other.region.box) > _SAME_OBJECT for other in known)
    ]
    return (*known, *strangers)


def scores(regions: Sequence[Region], embeddings: Sequence[Embedding], found: Similarities) -> Vectors:
    """The similarity of regions and concepts (regions, concepts); −1 where a concept is ruled out.

    `embeddings` are the regions', `found` is what they are similar to. The last region is the whole photo.
    """
    whole = np.arange(len(regions)) == len(regions) - 1
    # An encoder that embeds crops, not parts, sees a region as it sees a reference: nothing to make up for.
    by_parts = any(len(one.parts) for one in embeddings)
    fair = found.scores - np.where(whole | (not by_parts), 0, _REGION_HANDICAP)[:, None].astype(np.float32)
    ruled_out = spread(regions, found.denied) | (found.scores <= -1)
    return np.where(ruled_out, np.float32(-1), fair)


def spread(regions: Sequence[Region], denied: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Apply each "this is not bo" of `denied` (regions, concepts) to every region that shows the same thing.

    Otherwise the whole photo would still match bo when the dog in it may not, or the other way round.
    """
    if not denied.any():
        return denied
    near = np.array(
        [[_intersection_over_smaller(one.box, other.box) > _SAME_OBJECT for other in regions] for one in regions]
    )
    return np.asarray(near.astype(np.uint8) @ denied.astype(np.uint8) > 0)


def _localised(regions: Sequence[Region], scores: Vectors, row: int) -> int:
    """The index of the region where a concept recognised in region `row` is.

    A detected region is where it is. For another, the most similar of the regions smaller than the photo, where a
    detected one wins unless another is clearly more similar. `scores` (regions,) are the concept's.
    """
    if regions[row].category:
        return row
    smaller = [index for index, one in enumerate(regions) if one.box.area < regions[-1].box.area]
    best = max(smaller, key=lambda index: scores[index] + _DETECTED_BONUS * bool(regions[index].category), default=row)
    return best if scores[best] >= _LEAST_LOCALISED * scores[row] else row


def _intersection_over_smaller(a: Box, b: Box) -> float:
    """The intersection of two boxes by the area of the smaller one, 0…1."""
    inner = Box(max(a.x0, b.x0), max(a.y0, b.y0), min(a.x1, b.x1), min(a.y1, b.y1)).area
    smaller = min(a.area, b.area)
    return inner / smaller if smaller else 0.0
