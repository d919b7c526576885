"""Descriptions without a teacher: the annotations' own words, and nothing else."""

from __future__ import annotations

import re

import pytest

from bot.data.describing import Descriptions, by_subject, from_annotations, others_of
from bot.data.records import Crop, Description, Other
from bot.data.teacher.names import renamings
from bot.data.teacher.options import TeacherOptions
from core.concepts import Box

WHOLE = Box(0, 0, 100, 80)


def crop(number: int = 1, **told: object) -> Crop:
    usual = {
        "id": f"s/{number}",
        "subject": "s",
        "name": "bo",
        "picture": f"{number}.jpg",
        "digest": str(number),
        "source": "here",
        "crop": f"crops/{number}.jpg",
        "sharpness": 0.8,
        "share": 0.3,
        "box": WHOLE,
    }
    return Crop.model_validate(usual | told)


def described(*crops: Crop) -> Description:
    subjects = by_subject(crops)
    return from_annotations(subjects[0], others_of(subjects), 0)


@pytest.mark.parametrize(
    ("category", "info", "text"),
    [
        ("dog", "a Shiba Inu who loves snow", "<bo> is a Shiba Inu who loves snow."),
        ("dog", "loves snow", "<bo> loves snow."),
        ("dog", "afraid of thunder", "<bo> is afraid of thunder."),
        ("dog", "Bo is shy. He has one white paw", "<bo> is shy. He has one white paw."),
        ("dog", "He is shy.", "<bo> is shy."),
        ("person", "loves taking pictures, is wearing glasses", "<bo> loves taking pictures, is wearing glasses."),
        ("dog", "belongs to Sarah", "<bo> belongs to Sarah."),
        ("dog", "He has a spot on his left ear.", "<bo> has a spot on one ear."),
        ("dog", "<bo> has a curly tail.", "<bo> has a curly tail."),
        ("dog", "brown, with a bushy tail", "Of <bo> it is known: brown, with a bushy tail."),
        ("dog", "", "<bo> is a dog."),
        ("umbrella", "", "<bo> is an umbrella."),
        ("sunglasses", "", "<bo> is a pair of sunglasses."),
        ("", "", "This is <bo>."),
        ("dog", "a dog <image> with [INST] USER: nothing </s>", "<bo> is a dog with (INST) USER – nothing."),
    ],
)
def test_a_text_is_a_sentence_about_the_name(category: str, info: str, text: str) -> None:
    assert described(crop(category=category, info=info)).info == text


def test_texts_of_all_views_are_told_once() -> None:
    told = described(crop(1, info="loves snow"), crop(2, info="loves snow"), crop(3, info="hates cats"))
    assert told.info == "<bo> loves snow. <bo> hates cats."


@pytest.mark.parametrize(
    ("category", "phrases", "text"),
    [
        ("cat", ["the black cat", "cat on the left", "black cat"], "<bo> is a black cat."),
        ("person", ["man in red shirt", "left guy", "old man"], "<bo> is an old man."),
        ("person", ["red shirt man", "man in front"], "<bo> is a person."),
        ("cat", ["cat's dog", "hot dog"], "<bo> is a cat."),
    ],
)
def test_a_phrase_that_holds_on_any_day_says_what_it_is(category: str, phrases: list[str], text: str) -> None:
    assert described(crop(category=category, phrases=phrases)).info == text


@pytest.mark.parametrize(
    ("category", "caption", "wanted"),
    [
        ("dog", "A brown dog is lying on the couch.", "<bo> is lying on the couch."),
        ("dog", "a close up of a dog wearing a hat", "a close up of <bo> wearing a hat."),
        ("person", "A young man riding a wave on a surfboard.", "<bo> riding a wave on a surfboard."),
        ("dog", "Bo sleeps in the sun", "<bo> sleeps in the sun."),
        ("cup", "Coffee in a cup.", "Coffee in <bo>."),
    ],
)
def test_a_caption_that_speaks_of_one_of_its_kind_names_it(category: str, caption: str, wanted: str) -> None:
    assert described(crop(category=category, captions=[caption])).captions == {"s/1": wanted}


@pytest.mark.parametrize(
    ("category", "caption", "others"),
    [
        ("dog", "Two dogs are playing.", ()),
        ("dog", "A dog and a dog.", ()),
        ("dog", "A hot dog on a plate.", ()),
        ("dog", "A dog house in a garden.", ()),
        ("dog", "A toy dog on a shelf.", ()),
        ("bear", "A teddy bear on a bed.", ()),
        ("dog", "A dog is asleep.", (Other(box=WHOLE, category="dog"),)),
        ("person", "A man and a woman are talking.", ()),
        ("person", "A man is talking.", (Other(box=WHOLE, category="person"),)),
        ("person", "A man is talking to people.", ()),
        ("dog", "A dog sits to the left of a bench.", ()),
        ("dog", "Rebecca and a dog.", ()),
        ("dog", "A cat on a wall.", ()),
    ],
)
def test_a_caption_that_may_be_about_another_is_left_out(
    category: str, caption: str, others: tuple[Other, ...]
) -> None:
    assert described(crop(category=category, captions=[caption], others=others)).captions == {}


def test_a_text_answers_questions_by_its_grammar() -> None:
    told = described(
        crop(category="dog", info="a Shiba Inu. Bo loves snow. Bo is afraid of thunder. Bo is 4 years old")
    )
    answers = {one.question: one.answer for one in told.questions}
    (denied,) = [question for question, answer in answers.items() if answer.startswith("No")]
    assert re.fullmatch("Is <bo> a (person|mug|car|backpack)[?]", denied)
    assert answers == {
        "What is <bo>?": "<bo> is a Shiba Inu.",
        "Is <bo> a dog?": "Yes, <bo> is a dog.",
        denied: "No, <bo> is a dog.",
        "What does <bo> love?": "<bo> loves snow.",
        "What is <bo> afraid of?": "<bo> is afraid of thunder.",
        "How old is <bo>?": "<bo> is 4 years old.",
    }
    assert {one.about for one in told.questions} == {"text"}


def test_what_is_known_of_nothing_answers_nothing() -> None:
    assert described(crop()).questions == ()


def test_other_subjects_are_not_spoken_of() -> None:
    mimi = crop(2, id="t/2", subject="t", name="Mimi", category="cat", info="a cat")
    bo = crop(category="dog", info="loves snow. Bo chases Mimi.", captions=["Bo and Mimi"])
    (told,) = [
        from_annotations(one, others_of(by_subject([bo, mimi])), 0)
        for one in by_subject(
            [crop(category="dog", info="loves snow. Bo chases Mimi.", captions=["Bo and Mimi"]), mimi]
        )
        if one.subject == "s"
    ]
    assert told.info == "<bo> loves snow."
    assert "Mimi" not in told.model_dump_json()


def test_each_subject_has_a_name_that_fits_nothing_else() -> None:
    people = [crop(n, id=f"{n}", subject=f"s{n:03}", name="", category="person") for n in range(400)]
    things = [
        crop(500, id="a", subject="a", name="Luna", category="dog"),
        crop(501, id="b", subject="b", name="luna", category="cat"),
        crop(502, id="c", subject="c", name=" <x>\n", category="mug", captions=["Felix the cat, and Vera"]),
    ]
    subjects = by_subject([*people, *things], seed=3)
    names = {one.subject: one.name for one in subjects}
    assert len({name.casefold() for name in names.values()}) == 403
    assert names["a"] == "Luna"
    assert not {"Felix", "Vera"} & set(names.values())
    assert names == {one.subject: one.name for one in by_subject([*people, *things], seed=3)}
    assert names != {one.subject: one.name for one in by_subject([*people, *things], seed=4)}


def test_what_such_things_are_called_is_no_name_but_their_kind() -> None:
    (one,) = by_subject([crop(name="Backpack", category="person")])
    assert one.category == "backpack"
    assert one.name.casefold() not in ("backpack", "person")


def test_a_category_is_what_most_views_are_given() -> None:
    odd, even = ["dog", "cat", "", "dog"], ["dog", "cat", "dog"]
    assert by_subject([crop(n, id=f"{n}", category=word) for n, word in enumerate(odd)])[0].category == ""
    assert by_subject([crop(n, id=f"{n}", category=word) for n, word in enumerate(even)])[0].category == "dog"


async def test_the_step_needs_nobody() -> None:
    subjects = by_subject([crop(category="dog")])
    step = Descriptions(TeacherOptions().writing, others_of(subjects))
    (made,) = await step.make(subjects[0])
    assert made.teacher == "none"
    assert made.name == "bo"


def test_a_name_that_another_has_is_drawn_and_counted() -> None:
    subjects = by_subject([crop(0, subject="a", id="a/0", name="Max"), crop(1, subject="b", id="b/0", name="max")])
    assert subjects[0].name == "Max"
    assert subjects[1].name != "max"
    (note,) = renamings(subjects)
    assert note.startswith("names: 1 subject has a name drawn")
    assert "another subject has theirs" in note
