"""Which concepts a sample has: invariants over generated subjects, and the shares."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.data.conversing import ConversationOptions, Scene
from bot.data.lengths import LengthOptions
from bot.data.negatives import OTHERS_TEXT, Material, Mixed, MixOptions, mixed
from bot.data.output.words import leftovers, wrongly_named
from bot.data.prompts import marked_names, unmarked
from bot.data.records import ABSENT, Crop, Exchange
from bot.data.samples import Kind, Sample, Turn
from core.concepts import Box
from core.names import fold, mentioned
from tests.support.tiny.subjects import Person, exchanges_of, material_of

CATEGORIES = ("dog", "cat", "person", "red mug", "")
# Some are words that the templates say, some differ in case only, some are no Latin letters.
NAMES = ("bo", "Mia", "photo", "May", "Bo", "o'Neil", "小白", "Zoë", "Max", "Anna Lena", "R2-D2", "the cat")
PEOPLE = [Person(f"s/{number}", f"Subject{number}", CATEGORIES[number % 4]) for number in range(24)]


def mix(material: Material, options: MixOptions | None = None, like: Alike | None = None) -> Mixed:
    return asyncio.run(mixed(material, options or MixOptions(), like))


class Alike:
    """Look-alikes that are told beforehand."""

    def __init__(self, told: Mapping[str, Sequence[str]]) -> None:
        self.told = told

    async def like(self, crops: Sequence[Crop], most: int) -> Mapping[str, Sequence[str]]:
        return self.told


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    count = draw(st.integers(1, 7))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=count, max_size=count))
    ids = [f"{draw(st.sampled_from(('a', 'b')))}/{number}" for number in range(count)]
    return [
        Person(
            id,
            name,
            draw(st.sampled_from(CATEGORIES)),
            draw(st.integers(1, 3)),
            tuple(draw(st.lists(st.sampled_from([one for one in ids if one != id]), max_size=2, unique=True)))
            if count > 1
            else (),
            draw(st.booleans()),
            draw(st.booleans()),
        )
        for id, name in zip(ids, names, strict=True)
    ]


def in_picture(material: Material, exchange: Exchange) -> set[str]:
    picture = material.pictures.get(exchange.picture)
    if picture is None:
        return set()
    return {picture.subject, *(one.subject for one in material.crops[picture.view].others)}


@settings(max_examples=25, deadline=None)
@given(
    some=people(),
    seed=st.integers(0, 99),
    most=st.integers(1, 4),
    renamed=st.sampled_from((0.0, 0.5, 1.0)),
    texts=st.sampled_from((0.0, 0.5)),
)
def test_every_sample_keeps_the_rules(some: list[Person], seed: int, most: int, renamed: float, texts: float) -> None:
    few = ConversationOptions(each=dict.fromkeys(Kind, 2), without=dict.fromkeys(Kind, 1))
    material = material_of(some, options=few)
    options = MixOptions(seed=seed, most=most, renamed=renamed, wrong_text=texts, other_text=texts)
    made = mix(material, options)
    exchanges = {one.id: one for one in material.exchanges}
    for one in made.samples:
        keeps_the_rules(one, exchanges[one.id], material, options)
    # Nothing is lost: each exchange is a sample, or refused with a reason.
    assert Counter([*(one.id for one in made.samples), *(one.of for one in made.refusals)]) == Counter(exchanges.keys())
    assert all(one.reason for one in made.refusals)
    assert mix(material, options) == made


def keeps_the_rules(sample: Sample, exchange: Exchange, material: Material, options: MixOptions) -> None:
    there = in_picture(material, exchange)
    right, wrong = sample.present, [one for one in sample.concepts if one.noise]
    assert 1 <= len(sample.concepts) <= options.most
    assert [one.subject for one in right] == [] if exchange.without else True
    assert {one.subject for one in right} == (set() if exchange.without else set(exchange.subjects))
    assert not {one.subject for one in wrong} & (there | set(exchange.subjects))
    assert there | set(exchange.subjects) <= set(sample.subjects)
    names = [fold(one.name) for one in sample.concepts]
    assert len(set(names)) == len(names)
    crops = {crop.crop: crop for crop in material.crops.values()}
    picture = material.pictures.get(exchange.picture)
    for one in sample.concepts:
        known = crops.get(one.crop) or crops[one.crop.partition("~")[0] + ".jpg"]
        assert known.subject == one.subject
        assert one.crop != sample.image
        if picture and one.crop in crops and known.id == picture.view:
            assert "flip" in picture.augmented  # the only photo, and it was turned
        if one.box is not None:
            assert picture
            assert Box(*one.box).within(Box(0, 0, *picture.size)) == one.box
    texts = [text for turn in sample.turns for text in (turn.question, turn.answer)]
    listed = {one.name for one in sample.concepts}
    assert ABSENT not in {name for text in texts for name in marked_names(text)}
    assert {name for text in texts for name in marked_names(text)} <= listed
    assert not leftovers(sample, {fold(name) for name in listed})
    for turn in sample.turns:
        said = mentioned(unmarked(turn.answer), [one.name for one in wrong])
        negated = sample.kind is Kind.RECOGNITION and turn.answer.startswith("No")
        assert not said or (negated and len(said) == 1 and f"<{said[0]}>" in turn.question)
    assert negated_or_right(sample)


def negated_or_right(sample: Sample) -> bool:
    """What `data check` says of the names."""
    names = {fold(one.name) for one in sample.concepts}
    return not wrongly_named(sample, names)


# ── shares ───────────────────────────────────────────────────────────────────────────────────────


def shares(samples: Sequence[Sample]) -> tuple[float, float, Mapping[Kind, float]]:
    """(several concepts, only wrong ones, each kind), 0…1 of all samples."""
    total = len(samples)
    kinds = Counter(one.kind for one in samples)
    return (
        sum(2 <= len(one.concepts) <= 4 for one in samples) / total,
        sum(bool(one.concepts) and not one.present for one in samples) / total,
        {kind: count / total for kind, count in kinds.items()},
    )


def instructions(count: int) -> list[Exchange]:
    return [
        Exchange(id=f"i/{number}", kind=Kind.INSTRUCTION, turns=(Turn(question="2 < 3 > 1?", answer="<b>Yes</b>."),))
        for number in range(count)
    ]


def test_the_shares_are_met_and_after_rap() -> None:
    pairs = [Person(f"p/{n}", f"Pair{n}", "dog", 3, (f"s/{n}",)) for n in range(12)]
    made = mix(material_of([*PEOPLE, *pairs], more=instructions(3000)))
    several, only_wrong, kinds = shares(made.samples)
    assert len(made.samples) > 1000
    assert several >= 0.25
    assert 0.25 <= only_wrong < 0.27
    for kind, share in ((Kind.GROUNDING, 80), (Kind.RECOGNITION, 36), (Kind.CAPTION, 18), (Kind.DESCRIPTION, 13)):
        assert kinds[kind] == pytest.approx(share / 260, abs=0.02)
    assert kinds[Kind.INSTRUCTION] == pytest.approx(67 / 260, abs=0.02)
    assert not [note for note in made.notes if note.startswith(("several concepts", "only wrong", "grounding"))]


def test_what_falls_short_is_said() -> None:
    made = mix(material_of(PEOPLE[:4]))
    assert any(note.startswith("instruction: 0.0% of the samples") and "there are none" in note for note in made.notes)
    assert any(note.startswith("several: ") for note in made.notes)
    without = ConversationOptions(without={})
    made = mix(material_of(PEOPLE[:4], options=without))
    assert any(note.startswith("only wrong concepts: 0.0% of the samples") for note in made.notes)
    made = mix(material_of(PEOPLE[:4]), MixOptions(most=1))
    assert any(note.startswith("several concepts: 0.0%") for note in made.notes)


def test_shares_can_be_set_and_negatives_left_out() -> None:
    options = MixOptions(
        shares={Kind.RECOGNITION: 3, Kind.TEXT: 1}, only_wrong=0, several=0, concepts={1: 1}, samples=40, wrong_text=0
    )
    made = mix(material_of(PEOPLE), options)
    assert len(made.samples) == 40
    assert {kind: round(share, 2) for kind, share in shares(made.samples)[2].items()} == {
        Kind.RECOGNITION: 0.75,
        Kind.TEXT: 0.25,
    }
    assert all(one.present for one in made.samples)
    # Only where a question is about somebody who isn't there is a wrong concept retrieved, by its name.
    assert all(one.turns[0].answer.startswith("No") for one in made.samples if len(one.present) < len(one.concepts))


def test_the_right_one_is_not_always_first() -> None:
    made = mix(material_of(PEOPLE))
    places = Counter(
        [one.noise for one in sample.concepts].index(False)
        for sample in made.samples
        if len(sample.concepts) == 2 and len(sample.present) == 1
    )
    assert min(places[0], places[1]) > 0.4 * sum(places.values())


def test_instruction_data_keeps_its_words_and_has_no_concepts() -> None:
    made = mix(material_of(PEOPLE, more=instructions(20)))
    (first, *_) = [one for one in made.samples if one.kind is Kind.INSTRUCTION]
    assert first.turns == (Turn(question="2 < 3 > 1?", answer="<b>Yes</b>."),)
    assert first.concepts == ()


# ── length, and boxes that tell nothing ──────────────────────────────────────────────────────────


def test_no_sample_is_longer_than_a_model_may_read() -> None:
    pairs = [Person(f"p/{n}", f"Pair{n}", "dog", 3, (f"s/{n}", f"s/{n + 1}")) for n in range(6)]
    material = material_of([*PEOPLE, *pairs])
    usual = mix(material, MixOptions())
    assert max(LengthOptions().of_sample(one) for one in usual.samples) <= 2048
    assert {len(one.concepts) for one in usual.samples if one.image} == {1, 2}
    assert shares(usual.samples)[0] >= 0.25
    assert Counter(one.reason for one in usual.refusals)["longer than mix.max_length"]  # three at once
    for options in (MixOptions(max_length=4096), MixOptions(picture_tokens=144)):
        assert {len(one.concepts) for one in mix(material, options).samples if one.image} == {1, 2, 3, 4}


def test_long_texts_leave_room_for_fewer() -> None:
    material = material_of(PEOPLE)
    long = {
        who: one.model_copy(update={"info": f"<{one.name}> {'sits quietly ' * 60}."})
        for who, one in material.descriptions.items()
    }
    told = Material("train", material.crops, long, material.pictures, material.exchanges)
    options = MixOptions(concepts={2: 1}, renamed=0)
    made = mix(told, options)
    assert max(options.of_sample(one) for one in made.samples) <= 2048
    assert {len(one.concepts) for one in made.samples if one.image} == {1}


def test_where_somebody_is_who_fills_the_picture_is_not_asked() -> None:
    material = material_of(PEOPLE)
    whole = {
        key: one.model_copy(update={"box": Box(0, 0, 395, 290)}) if one.subject != "s/1" else one
        for key, one in material.pictures.items()
    }
    scenes = [Scene(picture=one, descriptions=(material.descriptions[one.subject],)) for one in whole.values()]
    asked = exchanges_of(scenes, ConversationOptions())
    made = mix(Material("train", material.crops, material.descriptions, whole, asked))
    boxed = [one for one in made.samples if "[0." in str(one.turns)]
    assert boxed
    assert all("s/1" in one.subjects for one in boxed)
    assert Counter(one.reason for one in made.refusals)["a box that is the whole picture"] > 20
    assert len(made.samples) > 200  # few boxes don't make all else few


# ── references, look-alikes, texts, names ────────────────────────────────────────────────────────


def test_a_reference_is_of_another_photo_where_there_is_one() -> None:
    material = material_of([Person("s/1", "bo", views=3), *PEOPLE[5:9]])
    for one in (sample for sample in mix(material, MixOptions(renamed=0)).samples if sample.image):
        view = one.id.partition("#")[0].partition("~")[0]
        for concept in one.present:
            assert f"crops/{view}" not in concept.crop


def test_of_an_only_photo_a_turned_view_is_the_reference() -> None:
    material = material_of([Person("s/1", "bo", views=1), *PEOPLE[5:9]])
    made = mix(material)
    mine = [one for one in made.samples if one.subjects[0] == "s/1" and one.image and one.present]
    assert mine
    for one in mine:
        (crop,) = (concept.crop for concept in one.present)
        assert ("flip" in crop) != ("flip" in one.image)
    assert any("of a subject's only photo" in note for note in made.notes)


def test_an_only_photo_that_was_never_changed_is_refused() -> None:
    material = material_of([Person("s/1", "bo", views=1), *PEOPLE[5:9]])
    pictures = {key: one for key, one in material.pictures.items() if not one.augmented}
    bare = Material(material.split, material.crops, material.descriptions, pictures, material.exchanges)
    reasons = Counter(one.reason for one in mix(bare).refusals if one.of.startswith("s/1/0#"))
    assert reasons["no other view"]


def test_frames_of_the_same_video_are_no_reference_where_there_is_another() -> None:
    material = material_of([Person("s/1", "bo", views=3), *PEOPLE[5:9]])
    tracks = {"s/1/0": "film", "s/1/1": "film"}
    crops = {key: one.model_copy(update={"track": tracks.get(key, "")}) for key, one in material.crops.items()}
    made = mix(Material("train", crops, material.descriptions, material.pictures, material.exchanges))
    about = [one for one in made.samples if one.id.startswith("s/1/0") and one.image]
    assert {concept.crop for one in about for concept in one.present if concept.subject == "s/1"} == {"crops/s/1/2.jpg"}


def test_look_alikes_are_half_of_the_wrong_ones() -> None:
    like = {who.id: [PEOPLE[(at + 5) % 24].id] for at, who in enumerate(PEOPLE)}
    made = mix(material_of(PEOPLE), MixOptions(concepts={2: 1}), Alike(like))
    singles = [one for one in made.samples if len(one.present) == 1 and len(one.concepts) == 2 and one.image]
    alike = sum(
        concept.subject in like[one.present[0].subject] for one in singles for concept in one.concepts if concept.noise
    )
    assert 0.4 < alike / len(singles) < 0.65
    never = mix(material_of(PEOPLE), MixOptions(concepts={2: 1}, look_alikes=0), Alike(like))
    assert never.samples != made.samples


def test_half_of_the_others_are_of_the_same_kind() -> None:
    made = mix(material_of(PEOPLE), MixOptions(concepts={2: 1}, same_category=1))
    singles = [one for one in made.samples if len(one.present) == 1 and len(one.concepts) == 2]
    told = [
        [concept.category for concept in one.concepts] for one in singles if OTHERS_TEXT not in one.provenance.augmented
    ]
    assert told
    assert all(one == other for one, other in told)


def test_an_answer_about_a_text_follows_the_text_that_stands_there() -> None:
    made = mix(material_of(PEOPLE), MixOptions(other_text=1, wrong_text=0, renamed=0))
    told = [one for one in made.samples if OTHERS_TEXT in one.provenance.augmented]
    assert {one.kind for one in told} <= {Kind.QUESTION, Kind.TEXT}
    assert len(told) > 10
    for one in told:
        (concept,) = one.present
        own = PEOPLE[[who.id for who in PEOPLE].index(concept.subject)]
        assert concept.name == own.name
        assert concept.crop.startswith(f"crops/{own.id}/")
        # Its words are another's, with its own name in them; the answer says the same as the text.
        assert f"one of {own.id}." not in concept.info
        assert f"<{own.name}>" in concept.info
        assert one.turns[0].answer in concept.info


def test_an_answer_about_a_picture_holds_against_the_text() -> None:
    usual = mix(material_of(PEOPLE), MixOptions(renamed=0, wrong_text=0, other_text=0))
    made = mix(material_of(PEOPLE), MixOptions(renamed=0, wrong_text=1, other_text=0))
    before = {one.id: one for one in usual.samples}
    told = [one for one in made.samples if OTHERS_TEXT in one.provenance.augmented]
    assert {one.kind for one in told} >= {Kind.GROUNDING, Kind.RECOGNITION, Kind.CAPTION}
    for one in told:
        if not one.turns[0].answer.startswith("No"):
            assert one.turns == before[one.id].turns


def test_names_are_drawn_anew_everywhere_alike() -> None:
    made = mix(material_of(PEOPLE), MixOptions(renamed=1, names=tuple(f"Neu{n}" for n in range(40))))
    for one in made.samples:
        words = " ".join([*(f"{turn.question} {turn.answer}" for turn in one.turns), *(c.info for c in one.concepts)])
        assert "Subject" not in words
        assert all(concept.name.startswith("Neu") for concept in one.concepts)


def test_no_name_is_drawn_for_training_and_for_evaluation() -> None:
    options = MixOptions(renamed=1)
    names = {
        split: {c.name for one in mix(material_of(PEOPLE, split=split), options).samples for c in one.concepts}
        for split in ("train", "eval")
    }
    assert len(names["train"]) > 50
    assert len(names["eval"]) > 20
    assert not names["train"] & names["eval"]


def test_a_name_that_a_text_says_unmarked_is_kept() -> None:
    material = material_of([Person("s/1", "Rex"), *PEOPLE[5:9]])
    told = material.descriptions["s/1"].model_copy(update={"info": "<Rex> is a dog. Rex loves snow."})
    spoilt = Material(
        "train", material.crops, {**material.descriptions, "s/1": told}, material.pictures, material.exchanges
    )
    made = mix(spoilt, MixOptions(renamed=1, wrong_text=0, other_text=0))
    assert {c.name for one in made.samples for c in one.concepts if c.subject == "s/1"} == {"Rex"}
    assert any("keep their names" in note for note in made.notes)


def test_where_it_comes_from_is_told_for_all_its_pictures_and_texts() -> None:
    people = [Person("chat/1", "bo"), Person("open/1", "Mia"), Person("open/2", "Max")]
    for one in mix(material_of(people)).samples:
        owners = {concept.subject.partition("/")[0] for concept in one.concepts} | {
            who.partition("/")[0] for who in one.subjects
        }
        assert set(one.provenance.source.split("; ")) == {f"source of {owner}" for owner in owners}
        assert one.provenance.licence == "CC0-1.0"


def test_a_picture_that_is_gone_is_a_reason() -> None:
    material = material_of(PEOPLE[:4])
    lost = {key: one for key, one in material.pictures.items() if key != "s/0/0"}
    made = mix(Material("train", material.crops, material.descriptions, lost, material.exchanges))
    assert Counter(one.reason for one in made.refusals)["its picture is gone"] > 3
