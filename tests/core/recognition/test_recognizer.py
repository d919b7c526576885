from datetime import UTC, datetime

import numpy as np

from core.concepts import Box, Concept, Embedding, Grade, Mask, Region
from core.images.decoding import Image, decode
from core.messages import Chat
from core.ports import View
from core.recognition.calibration import Calibration
from core.recognition.index import ChatIndex
from core.recognition.recognizer import Recognizer
from core.recognition.retriever import Retriever
from core.store.values import Memory, StoredEmbedding
from tests.support.fakes import COLOURS, BlockDetector, ColourEncoder, blocks

CHAT = Chat("test", "1")
CURVE = Calibration(bias=-12.0, slope=20.0, lead=0.0, sure=0.95, maybe=0.4)


class Fixed:
    """A chat's memory that stays as it is."""

    def __init__(self, *known: tuple[str, str]) -> None:
        """Names and the colour that each is."""
        now = datetime(2026, 11, 24, tzinfo=UTC)
        concepts = tuple(
            Concept(number, name, None, (), "ann", "Ann", now, 1) for number, (name, _) in enumerate(known, 1)
        )
        rows = tuple(
            StoredEmbedding(number, number, False, embedded(colour)) for number, (_, colour) in enumerate(known, 1)
        )
        self._memory = Memory(1, concepts, rows)
        self.readings = 0

    async def revision(self, chat: Chat) -> int:
        self.readings += 1
        return 1

    async def memory(self, chat: Chat) -> Memory:
        return self._memory

    async def memory_changes(self, chat: Chat, since: int) -> None:
        return None


def image(*colours: str, size: int = 160) -> Image:
    return decode(blocks(*colours, size=size).data)


def embedded(colour: str) -> Embedding:
    photo = image(colour)
    box = Box(40, 40, 200, 200)
    return ColourEncoder().encode([View(photo, (box,))])[0][0]


def recognizer(memories: Fixed, views: list[View] | None = None, mask: Mask | None = None) -> Recognizer:
    async def detect(photo: Image, chat: str) -> list[Region]:
        return BlockDetector().detect([photo])[0]

    async def encode(view: View, chat: str) -> list[Embedding]:
        if views is not None:
            views.append(view)
        return ColourEncoder().encode([view])[0]

    async def salient(photo: Image, chat: str) -> Mask:
        assert mask
        return mask

    return Recognizer(detect, encode, Retriever(memories), CURVE, salient if mask else None)


async def index_of(memories: Fixed) -> ChatIndex:
    return await Retriever(memories).index(CHAT)


async def test_each_block_gets_its_own_name_and_the_stranger_none() -> None:
    memories = Fixed(("bo", "red"), ("mia", "blue"))
    eyes = recognizer(memories)
    look = await eyes.look(CHAT, image("red", "yellow", "blue", size=320))
    found = eyes.identify(await index_of(memories), look)
    assert sorted(one.match.name for one in found if one.match and one.grade is Grade.SURE) == ["bo", "mia"]
    assert [one.region.category for one in found if not one.match] == ["cat"]


async def test_whoever_knows_the_revision_spares_reading_it() -> None:
    memories = Fixed(("bo", "red"))
    retriever = Retriever(memories)
    await retriever.index(CHAT)
    await retriever.index(CHAT, 1)
    assert memories.readings == 1
    assert (await retriever.index(CHAT, 0)).revision == 1
    assert memories.readings == 2


async def test_a_photo_is_looked_at_all_over_and_as_a_whole() -> None:
    views: list[View] = []
    look = await recognizer(Fixed(), views).look(CHAT, image("red"))
    (view,) = views
    assert view.boxes == tuple(one.box for one in look.regions)
    assert not view.reference
    assert look.regions[-1].box == Box(0, 0, 240, 240)
    squares = [one.box for one in look.regions[:-1] if not one.category]
    assert {(box.x0, box.y0) for box in squares} >= {(0, 0), (96, 0), (0, 96), (96, 96)}
    assert all(box.x1 <= 240 and box.y1 <= 240 for box in squares)


async def test_places_come_first_where_the_encoder_embeds_them() -> None:
    async def detect(photo: Image, chat: str) -> list[Region]:
        return BlockDetector().detect([photo])[0]

    async def encode(view: View, chat: str) -> list[Embedding]:
        return ColourEncoder().encode([View(view.image, (*view.boxes, *view.places))])[0]

    photo = image("red", "blue")
    look = await Recognizer(detect, encode, Retriever(Fixed()), CURVE).look(CHAT, photo)
    assert look.places > 4
    assert all(one.category is None and one.box.area < photo.box.area / 4 for one in look.regions[: look.places])
    assert all(one.box.within(photo.box) == one.box for one in look.regions)
    assert look.regions[look.places].category
    assert look.regions[-1].box == photo.box
    for region, embedding in zip(look.regions, look.embeddings, strict=True):
        (again,) = ColourEncoder().encode([View(photo, (region.box,))])[0]
        assert np.array_equal(again.vector, embedding.vector)


async def test_a_panorama_has_no_more_places_than_others() -> None:
    views: list[View] = []
    long = Image(np.zeros((60, 4000, 3), np.uint8))
    await recognizer(Fixed(), views).look(CHAT, long)
    assert 8 <= len(views[0].places) <= 64


async def test_a_reference_is_studied_as_one() -> None:
    views: list[View] = []
    study = await recognizer(Fixed(), views).enrolment_sample(CHAT, image("red"))
    assert [view.reference for view in views] == [True]
    assert study.region.category == "dog"
    assert (study.refusal, study.warning) == (None, None)


async def test_what_is_too_small_to_learn_from_is_refused() -> None:
    tiny = Image(np.full((40, 40, 3), COLOURS["red"], np.uint8))
    study = await recognizer(Fixed()).enrolment_sample(CHAT, tiny)
    assert str(study.refusal) == "That is too small to learn from. Please send a closer photo."


async def test_the_same_photo_twice_is_told() -> None:
    eyes = recognizer(Fixed(("bo", "red")))
    again = await eyes.enrolment_sample(CHAT, image("red"), concept_id=1)
    assert "already have almost the same photo" in str(again.warning)
    beside = await eyes.enrolment_sample(
        CHAT, image("green"), beside=[await eyes.enrolment_sample(CHAT, image("green"))]
    )
    assert "Two of these photos are almost the same" in str(beside.warning)


async def test_a_reference_that_looks_like_somebody_else_is_told() -> None:
    study = await recognizer(Fixed(("bo", "red"))).enrolment_sample(CHAT, image("red"))
    assert study.doubt
    assert study.doubt.other
    assert (study.doubt.other.name, study.doubt.sure) == ("bo", True)


async def test_the_subject_is_not_the_chair_that_it_sits_on() -> None:
    study = await recognizer(Fixed()).enrolment_sample(CHAT, image("red", "black"))
    assert study.region.category == "dog"
    assert [one.category for one in study.others] == ["chair", None]


def mask_of(*places: tuple[slice, slice]) -> Mask:
    cells = np.zeros((40, 40), np.float32)
    for place in places:
        cells[place] = 1
    return Mask(cells)


async def test_what_stands_out_is_the_subject_where_the_detector_has_no_word_for_any() -> None:
    views: list[View] = []
    mask = mask_of((slice(4, 24), slice(8, 20)), (slice(30, 36), slice(30, 36)))
    nothing = Image(np.full((200, 400, 3), 255, np.uint8))
    study = await recognizer(Fixed(), views, mask).enrolment_sample(CHAT, nothing)
    assert study.region == Region(Box(80, 20, 200, 120))
    assert [one.box for one in study.others] == [Box(300, 150, 360, 180), nothing.box]
    assert [(view.boxes, view.mask) for view in views] == [((study.region.box,), mask)]


async def test_what_the_detector_knows_comes_before_what_stands_out() -> None:
    mask = mask_of((slice(0, 10), slice(0, 10)))
    study = await recognizer(Fixed(), mask=mask).enrolment_sample(CHAT, image("red"))
    assert study.region.category == "dog"
    assert [one.box for one in study.others] == [Box(0, 0, 60, 60), Box(0, 0, 240, 240)]


async def test_a_mask_of_all_or_nothing_leaves_the_whole_photo() -> None:
    nothing = Image(np.full((200, 400, 3), 255, np.uint8))
    for mask in (mask_of(), mask_of((slice(0, 40), slice(0, 40)))):
        study = await recognizer(Fixed(), mask=mask).enrolment_sample(CHAT, nothing)
        assert (study.region.box, study.others) == (nothing.box, ())
