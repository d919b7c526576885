"""Who is in this photo: detect, embed, search, assign, grade.

look(chat, image)                  → PhotoFeatures    regions and their embeddings, made once for each photo
identify(index, features)          → Sightings        against what the chat knows right now
enrolment_sample(chat, image, …)   → EnrolmentSample  what `/remember` is about, and whether it is a good reference
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import structlog

from core.concepts import Box, Comparison, Embedding, Face, Mask, Region, Sighting
from core.errors import ModelError, UserError, traced
from core.images.decoding import Image
from core.messages import Chat
from core.ports import Survey, View
from core.recognition import assignment, subject
from core.recognition.calibration import Calibration, next_best
from core.recognition.faces import face_of, is_person, outweighed, people_in
from core.recognition.index import ChatIndex
from core.recognition.retriever import Retriever
from core.recognition.subject import REFUSED, EnrolmentSample
from core.store.values import ReferenceFace

Detect = Callable[[Image, str], Awaitable[list[Region]]]
Encode = Callable[[View, str], Awaitable[list[Embedding]]]
SurveyPhoto = Callable[[View, str], Awaitable[Survey]]
Salient = Callable[[Image, str], Awaitable[Mask]]
FindFaces = Callable[[View, str], Awaitable[list[Face]]]

_log = structlog.get_logger(__name__)
_IN_FRONT = 0.2  # of the largest face's area
_MOST_REGIONS = 8  # detected ones that are embedded in one photo
_SQUARE = 0.6  # of the photo's shorter side: the grid of squares that finds what the detector has no category for
_PLACE, _STEP = 0.42, 0.6  # of the shorter side, and of their own: the finer grid that tells where something is
_MOST_STEPS = 7  # of that grid along an edge: a panorama's are farther apart


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFeatures:
    """A photo's regions and embedding i of region i. `size` is the photo's width and height in pixels.

    First a fine grid of `places`, where the encoder has embedded them, then the detected regions and a grid of squares
    all over the photo, last the whole photo; only detected regions have a category. `faces` is None as long as nobody
    has looked for them.
    """

    size: tuple[int, int]
    regions: tuple[Region, ...]
    embeddings: tuple[Embedding, ...]
    places: int = 0
    faces: tuple[Face, ...] | None = None

    @property
    def nbytes(self) -> int:
        """The bytes of the embeddings."""
        return sum(one.nbytes for one in self.embeddings) + sum(one.embedding.nbytes for one in self.faces or ())


UNSEEN = PhotoFeatures((0, 0), (), ())
"""Of a photo that can't be read."""


class Recognizer:
    """Finds the chat's concepts in photos. `detect`, `encode`, `salient` and `find_faces` go through the executor.

    Without `salient`, what the detector has no word for is taken for a photo's subject only where it fills the photo;
    without `find_faces` nobody is known by their face. With `survey` the encoder looks on while the detector does.
    """

    def __init__(
        self,
        detect: Detect,
        encode: Encode,
        retriever: Retriever,
        calibration: Calibration,
        salient: Salient | None = None,
        find_faces: FindFaces | None = None,
        survey: SurveyPhoto | None = None,
    ) -> None:
        self._detect, self._encode, self._salient, self._find_faces = detect, encode, salient, find_faces
        self._survey = survey
        self._retriever, self._calibration = retriever, calibration

    async def look(self, chat: Chat, image: Image) -> PhotoFeatures:
        """Detect and embed a photo's regions. Raises `core.errors.ModelError` or `Busy`, as all that awaits here."""
        always, grid = (*squares(image.box), Region(image.box)), places(image.box)
        view = View(image, tuple(one.box for one in always), places=tuple(one.box for one in grid))
        found, survey = await asyncio.gather(self._detect(image, chat.key), self._surveyed(chat, view))
        regions = (*found[:_MOST_REGIONS], *always)
        view = replace(view, boxes=tuple(one.box for one in regions), survey=survey)
        embeddings = await self._encode(view, chat.key)
        size, count = (image.width, image.height), len(embeddings) - len(regions)
        if not count:
            return PhotoFeatures(size, regions, tuple(embeddings))
        ordered = (*embeddings[len(regions) :], *embeddings[: len(regions)])
        return PhotoFeatures(size, (*grid, *regions), ordered, count)

    async def with_faces(self, chat: Chat, image: Image, features: PhotoFeatures) -> PhotoFeatures:
        """A photo's features with its faces, where the chat has a face to compare those of people with.

        Where they can't be looked for, it goes without.
        """
        if not self.may_lack_faces(features) or not (await self._retriever.index(chat)).faces:
            return features
        assert self._find_faces is not None  # noqa: S101 - just looked at
        try:
            found = await self._find_faces(View(image, people_in(features.regions)), chat.key)
        except ModelError as error:
            _log.warning("faces.failed", error=traced(error))
            return features
        return replace(features, faces=tuple(found))

    def may_lack_faces(self, features: PhotoFeatures) -> bool:
        """Whether a photo shows people whose faces nobody has looked for."""
        return features.faces is None and self._find_faces is not None and bool(people_in(features.regions))

    @property
    def finds_faces(self) -> bool:
        """Whether anybody can be known by their face."""
        return self._find_faces is not None

    async def faces_in(self, chat: Chat, image: Image) -> list[Face]:
        """The faces of a photo that is of people, but for those far in the background, the largest first."""
        assert self._find_faces is not None  # noqa: S101 - `finds_faces`
        found = await self._find_faces(View(image, (image.box,)), chat.key)
        return [one for one in found if one.box.area >= _IN_FRONT * found[0].box.area]

    async def reference_face(
        self, chat: Chat, image: Image, region: Region, others: Sequence[Region] = (), *, person: bool | None = None
    ) -> ReferenceFace | None:
        """What there is of a face in a reference's region; None where nobody can look for faces.

        `person` is whether people say that it is one; where they say nothing the detector's word counts, which
        `others` of the photo may have for the same place.
        """
        if self._find_faces is None:
            return None
        if not (is_person(region, others) if person is None else person):
            return ReferenceFace()
        try:
            found = await self._find_faces(View(image, (region.box,)), chat.key)
        except ModelError as error:
            _log.warning("faces.failed", error=traced(error))
            return None
        face = face_of(found, region.box)
        return ReferenceFace(face.embedding if face else np.zeros(0, np.float32))

    def require_admitted(self, index: ChatIndex, face: ReferenceFace | None) -> None:
        """Raise `UserError` when a face is one that is not to be recognised."""
        if face and face.visible is not None and index.faces.refuses(face.visible):
            raise UserError(REFUSED)

    async def stored_face(self, chat: Chat, image: Image, box: Box, *, person: bool | None) -> ReferenceFace | None:
        """As `reference_face`, of a photo of which only the box is known."""
        detected = (await self._detect(image, chat.key))[:_MOST_REGIONS] if person is None else []
        return await self.reference_face(chat, image, Region(box), detected, person=person)

    def identify(self, index: ChatIndex, features: PhotoFeatures) -> tuple[Sighting, ...]:
        """Grade a photo's regions against what the chat knows now; quick, and no await in it."""
        found = index.compare(features.embeddings)
        scores = assignment.scores(features.regions, features.embeddings, found, features.places)
        seen = assignment.sightings(
            features.regions, index.concepts, scores, self._calibration.corrected(index.correction)
        )
        if features.faces is None:
            return seen
        return outweighed(seen, features.regions, features.faces, index.concepts, index.faces)

    def evidence(self, index: ChatIndex, features: PhotoFeatures, concept_id: int) -> Comparison | None:
        """What speaks for a concept in a photo, in the region where most does; None where it is ruled out."""
        found = index.compare(features.embeddings)
        seen = assignment.scores(features.regions, features.embeddings, found, features.places)
        column = next((number for number, one in enumerate(index.concepts) if one.id == concept_id), None)
        if column is None or not len(seen.who) or seen.who[:, column].max() <= -1:
            return None
        row = seen.who[:, column].argmax()
        following = max(next_best(seen.who)[row, column], np.asarray(seen.against)[row, column])
        return Comparison(
            float(seen.who[row, column]), float(following), -1.0 if found.own is None else float(found.own[column])
        )

    def contradicting(self, index: ChatIndex, one: int, other: int) -> tuple[int, ...]:
        """The references of two concepts by which one is not the other: negative ones that may well show the other."""
        curve = self._calibration.corrected(index.correction)
        return tuple(
            row.id
            for concept_id, shown in ((one, other), (other, one))
            for row in index.negatives_of(concept_id)
            if (like := index.likeness(row.embedding, shown)) and curve.probability(like.score) >= curve.maybe
        )

    def misleading(self, index: ChatIndex, embedding: Embedding, concept_id: int) -> int | None:
        """The reference for which a region is surely taken for a concept, None where it isn't."""
        like, curve = index.likeness(embedding, concept_id), self._calibration.corrected(index.correction)
        return like.nearest if like and curve.probability(like.score) >= curve.sure else None

    async def misfits(self, index: ChatIndex) -> tuple[tuple[int, int], ...]:
        """The references that look like nothing of their own concept, the worst first: their ids and the concepts'.

        Others have their turn between two references.
        """
        found, curve = [], self._calibration.corrected(index.correction)
        for row in index.positives():
            like = index.likeness(row.embedding, row.concept_id, without=row.id)
            if like and (fit := curve.probability(like.score)) < subject.UNLIKE:
                found.append((fit, row.id, row.concept_id))
            await asyncio.sleep(0)
        return tuple((reference_id, concept_id) for _, reference_id, concept_id in sorted(found))

    async def embed(self, chat: Chat, image: Image, box: Box) -> Embedding:
        """Embed one region of a photo as a reference."""
        (embedding,) = await self.embed_regions(chat, image, (box,))
        return embedding

    async def embed_regions(self, chat: Chat, image: Image, boxes: Sequence[Box]) -> list[Embedding]:
        """Embed regions of a photo as references, all in one look."""
        view = View(image, tuple(boxes), reference=True)
        mask, survey = await asyncio.gather(self._mask(chat, image), self._surveyed(chat, view))
        return await self._encode(replace(view, mask=mask, survey=survey), chat.key)

    async def enrolment_sample(
        self,
        chat: Chat,
        image: Image,
        *,
        concept_id: int | None = None,
        beside: Sequence[EnrolmentSample] = (),
        box: Box | None = None,
    ) -> EnrolmentSample:
        """Pick the region that a photo is about and judge it as a reference of a concept.

        `concept_id` is None for a new concept; `beside` are the samples that are stored along with this one; `box` is
        the region where somebody has said which one it is.
        """
        return await self.judged(
            chat, await self.subject_sample(chat, image, box), concept_id=concept_id, beside=beside
        )

    async def judged(
        self,
        chat: Chat,
        sample: EnrolmentSample,
        *,
        concept_id: int | None = None,
        beside: Sequence[EnrolmentSample] = (),
    ) -> EnrolmentSample:
        """Judge a sample as a reference of a concept, as `enrolment_sample` does."""
        if sample.refusal:
            return sample
        index = await self._retriever.index(chat)
        face = sample.face.visible if sample.face else None
        if face is not None and index.faces.refuses(face):
            return replace(sample, refusal=REFUSED)
        repeated = subject.repeated(sample.embedding, index, concept_id=concept_id, beside=beside)
        doubt = (
            None
            if repeated
            else subject.doubt(sample.embedding, index, self._calibration.corrected(index.correction), concept_id)
        )
        if face is not None:
            doubt = subject.doubt_by_face(doubt, face, index, concept_id)
        if doubt and doubt.other and index.compare([sample.embedding]).denied[0, index.concepts.index(doubt.other)]:
            doubt = None if concept_id is not None else replace(doubt, sure=False)  # somebody has said that it isn't
        return replace(sample, warning=None if doubt else repeated, doubt=doubt)

    async def subject_sample(
        self, chat: Chat, image: Image, box: Box | None = None, *, faces: bool = False, person: bool | None = None
    ) -> EnrolmentSample:
        """Pick the region that a photo is about, or take the one at `box`, without a look at what the chat knows.

        `faces` is whether to look for a face there, `person` as `reference_face` has it.
        """
        detected, mask, survey = await asyncio.gather(
            self._detect(image, chat.key),
            self._mask(chat, image),
            self._surveyed(chat, View(image, (image.box,), reference=True)),
        )
        salient = subject.salient_regions(mask, image.box) if mask else ()
        regions = [*detected[:_MOST_REGIONS], *salient, Region(image.box)]
        if box is not None and box not in {one.box for one in regions}:
            regions.append(Region(box))
        boxes = [one.box for one in regions]
        region = regions.pop(subject.subject_index(regions) if box is None else boxes.index(box))
        view = View(image, (region.box,), reference=True, mask=mask, survey=survey)
        (embedding,) = await self._encode(view, chat.key)
        face = await self.reference_face(chat, image, region, detected, person=person) if faces else None
        return EnrolmentSample(region, tuple(regions), embedding, refusal=subject.refusal(region.box), face=face)

    async def _mask(self, chat: Chat, image: Image) -> Mask | None:
        return await self._salient(image, chat.key) if self._salient else None

    async def _surveyed(self, chat: Chat, view: View) -> Survey:
        return await self._survey(view, chat.key) if self._survey else ()


def squares(frame: Box) -> tuple[Region, ...]:
    """Large squares all over a photo; neighbours overlap, and the longer edge takes three."""
    side = max(1, round(_SQUARE * min(frame.x1, frame.y1)))
    columns, rows = (
        [0, (edge - side) // 2, edge - side] if edge > 1.3 * other else [0, edge - side]
        for edge, other in ((frame.x1, frame.y1), (frame.y1, frame.x1))
    )
    corners = [(x, y) for y in rows for x in columns]
    corners.append(((frame.x1 - side) // 2, (frame.y1 - side) // 2))
    return tuple(Region(Box(x, y, x + side, y + side)) for x, y in dict.fromkeys(corners))


def places(frame: Box) -> tuple[Region, ...]:
    """Smaller squares all over a photo; neighbours overlap by two fifths, but in a panorama."""
    side = max(1, round(_PLACE * min(frame.x1, frame.y1)))
    columns, rows = (
        [(edge - side) * step // steps for step in range(steps + 1)]
        for edge in (frame.x1, frame.y1)
        for steps in [min(_MOST_STEPS, max(1, math.ceil((edge - side) / (_STEP * side))))]
    )
    corners = dict.fromkeys((x, y) for y in rows for x in columns)
    return tuple(Region(Box(x, y, x + side, y + side)) for x, y in corners)
