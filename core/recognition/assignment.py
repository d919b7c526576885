"""Which region shows which concept: similarities → the best assignment → graded sightings. Pure functions.

The whole photo is a region too, and the one whose similarities discriminate best where a photo shows one thing. Where
it shows several, each is in a smaller region, and what is alike there and not all over the photo tells. A concept is
then localised among the smaller regions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.concepts import Concept, Embedding, Grade, Match, Region, Sighting, Vectors
from core.recognition.calibration import Calibration
from core.recognition.index import Similarities

# docs/recognition.md has the table of what was tried for these.
_SAME_OBJECT = 0.5  # intersection over the smaller box's area: two regions that share more show one thing
_DETECTED_BONUS = 0.05  # similarity that a detected region's tight outline is worth
_USUAL_SHARE = 0.75  # of a concept's mean similarity all over the photo: taken off that of each smaller region
_LEAST_LOCALISED = 0.5  # of the whole photo's similarity: the least that a region must have to be where somebody is
_STANDS_OUT = 0.2  # similarity by which a small place must stand out from the other places to be where something is


@dataclass(frozen=True, slots=True, eq=False)
class RegionScores:
    """What speaks for each concept in each region, both (regions, concepts) and −1 where it is ruled out.

    `who` is comparable between regions and is graded; it is −1 in the first `places` ones, which tell only where
    something is. `where` is how alike a region is. `own` and `against` are what `who` is compared with beside each
    other, as `Calibration.terms` takes them. `apart` is whether what the photo has all over was taken off the smaller
    regions.
    """

    who: Vectors
    where: Vectors
    places: int = 0
    own: Vectors | None = None
    against: Vectors | float = -1.0
    apart: bool = False


def scores(
    regions: Sequence[Region], embeddings: Sequence[Embedding], found: Similarities, places: int = 0
) -> RegionScores:
    """The scores of regions whose `embeddings` are similar as `found`; the first `places` are places.

    The last region is the whole photo.
    """
    where = np.where(spread(regions, found.denied) | (found.scores <= -1), np.float32(-1), found.scores)
    who = where.copy()
    all_over = [number for number, one in enumerate(regions[:-1]) if number >= places and not one.category]
    # An encoder that embeds crops, not parts, sees a region as it sees a reference: nothing to make up for.
    apart = bool(all_over) and any(len(one.parts) for one in embeddings)
    if apart:
        usual = np.maximum(found.scores[all_over].mean(0), 0)
        who[:-1] = np.where(where[:-1] > -1, where[:-1] - _USUAL_SHARE * usual, -1)
    against = np.where(np.greater(found.against, -1), found.against + who - where, np.float32(-1))
    who[:places] = -1
    return RegionScores(who, where, places, found.own, against, apart)


def sightings(
    regions: Sequence[Region], concepts: Sequence[Concept], seen: RegionScores, calibration: Calibration
) -> tuple[Sighting, ...]:
    """Grade what each region shows: recognised concepts by falling probability, then strangers.

    A concept is seen at most once, and of those that would be in one place only the most probable. The whole photo
    tells of one: what else it shows, a smaller region has to tell. Regions without a category that match no concept
    are left out: they were candidates only.
    """
    probabilities = calibration.probabilities(seen.who, seen.own, seen.against)
    best = probabilities.max(1, initial=0)
    asked = np.full((len(regions), 1), calibration.maybe * (calibration.locally if seen.apart else 1))
    asked[-1:] = calibration.maybe
    likely = probabilities >= asked
    if likely.size:
        likely[-1] &= np.arange(likely.shape[1]) == probabilities[-1].argmax()
    rows, columns = np.nonzero(likely)
    inside = {row: _inside(regions, row) for row in {*rows.tolist()}}
    known: dict[int, Sighting] = {}  # by the concept's column
    for number in np.argsort(-probabilities[rows, columns], kind="stable"):
        row, column = int(rows[number]), int(columns[number])
        if column in known:
            continue
        region = regions[_localised(regions, inside[row], seen, row, column)]
        if not _taken(region, known.values()):
            probability = float(probabilities[row, column])
            match = Match(concepts[column].id, concepts[column].name, probability)
            grade = calibration.grade(probability, -1.0 if seen.own is None else float(seen.own[column]))
            known[column] = Sighting(region, Grade.MAYBE if grade is Grade.UNKNOWN else grade, match, probability)
    strangers = [
        Sighting(region, Grade.UNKNOWN, None, min(float(best[row]), calibration.maybe))
        for row, region in enumerate(regions)
        if region.category and not _taken(region, known.values())
    ]
    return (*known.values(), *strangers)


def _taken(region: Region, known: Iterable[Sighting]) -> bool:
    return any(region.box.shared(other.region.box) > _SAME_OBJECT for other in known)


def spread(regions: Sequence[Region], denied: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Apply each "this is not bo" of `denied` (regions, concepts) to every region that shows the same thing.

    Otherwise the whole photo would still match bo when the dog in it may not, or the other way round.
    """
    if not denied.any():
        return denied
    near = np.array([[one.box.shared(other.box) > _SAME_OBJECT for other in regions] for one in regions])
    return np.asarray(near.astype(np.uint8) @ denied.astype(np.uint8) > 0)


def _inside(regions: Sequence[Region], row: int) -> list[int]:
    """The smaller regions within one, by their indices; none for a detected one, which is where its thing is."""
    frame = regions[row].box
    smaller = enumerate(() if regions[row].category else regions[:-1])
    return [at for at, one in smaller if one.box.area <= frame.area and one.box.shared(frame) > _SAME_OBJECT]


def _localised(regions: Sequence[Region], inside: Sequence[int], seen: RegionScores, row: int, column: int) -> int:
    """The index of the region where a concept recognised in region `row`, with those `inside` of it, is.

    A detected region is where it is. For another, the most similar of the smaller regions in it, where a detected one
    wins unless another is clearly more similar, and one of the small places only where it stands out from the rest.
    """
    scores = seen.where[:, column]
    usual = float(scores[: seen.places].mean()) if seen.places else 0.0
    fit = [index for index in inside if index >= seen.places or scores[index] >= usual + _STANDS_OUT]
    best = max(fit, key=lambda index: scores[index] + _DETECTED_BONUS * bool(regions[index].category), default=row)
    return best if scores[best] >= _LEAST_LOCALISED * scores[row] else row
