"""What is asked about a picture, and whether the answers are true of it."""

from __future__ import annotations

import asyncio
import random
import re

import pytest

from bot.data import templates
from bot.data.conversing import (
    ConversationOptions,
    Exchanges,
    Scene,
    kind_slots,
    listed,
    square_box,
    unnamed_caption,
)
from bot.data.prompts import marked_names
from bot.data.records import ABSENT, Description, Exchange, Other, Picture, QuestionAnswer
from bot.data.samples import Kind
from bot.data.templates import Talk, drawn
from core.concepts import Box

BO = Description(
    subject="s/bo",
    name="bo",
    category="dog",
    info="<bo> is a Shiba Inu who loves snow.",
    captions={"v/0": "<bo> sits left of a red sofa."},
    questions=(
        QuestionAnswer(question="What does <bo> love?", answer="<bo> loves snow."),
        QuestionAnswer(question="Is <bo> on the left?", answer="Yes.", about="picture", view="v/0"),
        QuestionAnswer(question="Is <bo> awake?", answer="Yes.", about="picture", view="v/1"),
    ),
)
MIA = Description(subject="s/mia", name="Mia", category="cat", info="<Mia> is a tabby.")


def picture(**changed: object) -> Picture:
    told = {
        "id": "v/0",
        "view": "v/0",
        "subject": "s/bo",
        "picture": "pictures/0.jpg",
        "size": (200, 100),
        "box": Box(0, 10, 50, 90),
        "others": (Other(box=Box(150, 20, 190, 80), subject="s/mia"),),
    }
    return Picture.model_validate(told | changed)


def exchanges(
    shown: Picture | None = None, *told: Description, options: ConversationOptions | None = None
) -> list[Exchange]:
    scene = Scene(picture=shown, descriptions=told or (BO, MIA))
    return [*asyncio.run(Exchanges(options or ConversationOptions(each=dict.fromkeys(Kind, 40))).make(scene))]


def test_boxes_are_parts_of_the_square_that_a_picture_is_padded_to() -> None:
    assert square_box(Box(0, 0, 200, 100), (200, 100)) == (0, 0.25, 1, 0.75)
    assert square_box(Box(0, 0, 100, 200), (100, 200)) == (0.25, 0, 0.75, 1)
    told = {text for one in exchanges(picture()) if one.kind is Kind.GROUNDING for text in boxes_of(one)}
    assert told == {"[0.00, 0.30, 0.25, 0.70]", "[0.75, 0.35, 0.95, 0.65]"}
    of_photo = ConversationOptions(boxes="photo")
    told = {text for one in exchanges(picture(), options=of_photo) for text in boxes_of(one)}
    assert told == {"[0.00, 0.10, 0.25, 0.90]", "[0.75, 0.20, 0.95, 0.80]"}


def boxes_of(one: Exchange) -> list[str]:
    return re.findall(r"\[[\d., ]+\]", " ".join(f"{turn.question} {turn.answer}" for turn in one.turns))


def test_an_answer_names_only_whom_it_needs() -> None:
    for one in exchanges(picture()):
        said = {name for turn in one.turns for name in marked_names(turn.answer)} - {ABSENT}
        names = {"s/bo": "bo", "s/mia": "Mia"}
        if not one.without:
            assert said <= {names[who] for who in one.subjects}
        elif one.kind is not Kind.QUESTION:
            assert not said
        asked = {name for turn in one.turns for name in marked_names(turn.question)} - {ABSENT}
        assert asked <= {names[who] for who in one.subjects}


def test_places_in_words_are_where_the_boxes_are() -> None:
    words = [one for one in exchanges(picture()) if one.kind in (Kind.GROUNDING, Kind.RECOGNITION, Kind.SEVERAL)]
    said = " ".join(turn.answer for one in words for turn in one.turns)
    assert re.search(r"<bo> (?:is )?on the left", said)
    assert re.search(r"<Mia> (?:is )?on the right", said)
    assert not re.search(r"<bo> (?:is )?on the right|<Mia> (?:is )?on the left", said)


def test_a_caption_is_used_where_it_holds() -> None:
    def captions(**changed: object) -> set[str]:
        return {one.turns[0].answer for one in exchanges(picture(**changed)) if one.kind is Kind.CAPTION}

    assert "<bo> sits left of a red sofa." in captions()
    assert "A dog sits left of a red sofa." in captions()
    for change in ("flip", "light", "background", "together"):
        assert not any("sofa" in text for text in captions(augmented=(change,)))
    assert not any("sofa" in text for text in captions(view="v/1"))


def test_a_question_about_a_picture_is_asked_about_that_one() -> None:
    def questions(**changed: object) -> set[str]:
        found = (one for one in exchanges(picture(**changed)) if one.kind is Kind.QUESTION and not one.without)
        return {one.turns[0].question for one in found}

    assert questions() == {"What does <bo> love?", "Is <bo> on the left?"}
    assert questions(augmented=("flip",)) == {"What does <bo> love?"}
    assert questions(view="v/1") == {"What does <bo> love?", "Is <bo> awake?"}


def test_a_picture_of_one_has_no_exchanges_about_several() -> None:
    kinds = {one.kind for one in exchanges(picture(others=()))}
    assert Kind.SEVERAL not in kinds
    assert Kind.SEVERAL in {one.kind for one in exchanges(picture())}


def test_someone_without_a_description_is_never_named() -> None:
    for one in exchanges(picture(), BO):
        assert "Mia" not in str(one)


def test_of_two_with_one_name_the_first_counts() -> None:
    namesake = MIA.model_copy(update={"name": "Bo"})
    assert {who for one in exchanges(picture(), BO, namesake) for who in one.subjects} == {"s/bo"}


def test_without_a_picture_it_is_about_the_text() -> None:
    found = exchanges(None, BO)
    assert {one.kind for one in found} == {Kind.TEXT}
    assert {one.turns[0].answer for one in found if not one.without} == {BO.info, "<bo> loves snow."}
    assert all("<bo>" in one.turns[0].question for one in found)
    (unknown,) = (one for one in found if one.without)
    assert "snow" not in unknown.turns[0].answer


def test_of_a_name_alone_nothing_is_told() -> None:
    bare = BO.model_copy(update={"info": "This is <bo>.", "questions": (), "captions": {}})
    said = [one for one in (*exchanges(picture(), bare), *exchanges(None, bare)) if not one.without]
    about = [one.turns[0].answer for one in said if one.kind in (Kind.DESCRIPTION, Kind.TEXT)]
    assert len(about) > 4
    assert all("know" in text or "told" in text for text in about)
    assert not any("This is <bo>. This is <bo>." in text for text in about)


def test_the_same_seed_asks_the_same() -> None:
    assert exchanges(picture()) == exchanges(picture())
    other = ConversationOptions(seed=1, each=dict.fromkeys(Kind, 40))
    assert exchanges(picture()) != exchanges(picture(), options=other)


def test_ids_are_unique_and_no_exchange_is_there_twice() -> None:
    found = exchanges(picture())
    assert len({one.id for one in found}) == len(found)
    assert len({(one.turns, one.without) for one in found}) == len(found)


def test_questions_are_asked_in_many_ways() -> None:
    asked = {one.turns[0].question for one in exchanges(picture()) if one.kind in (Kind.GROUNDING, Kind.RECOGNITION)}
    assert len(asked) > 25


ALL = {
    name: talks for name, talks in vars(templates).items() if isinstance(talks, tuple) and isinstance(talks[0], Talk)
}
SLOTS = {
    **kind_slots("dog"),
    **{"name": "<bo>", "absent": "<?>", "box": "[0.00, 0.00, 1.00, 1.00]", "where": "on the left", "info": "<bo> is."},
    **{"caption": "<bo>.", "names": "<bo> and <Mia>", "places": "<bo> left", "boxes": "<bo>: []", "rest": "<Mia>"},
    **{"infos": "<bo> is. <Mia> is.", "other": "<bo>"},
}


@pytest.mark.parametrize("name", sorted(ALL))
def test_templates_have_no_other_slots_and_no_wording_twice(name: str) -> None:
    for talk in ALL[name]:
        for lines in (talk.questions, talk.answers):
            read = templates.read(lines)
            assert len({line for line, _ in read}) == len(read)
            for line, needed in read:
                assert needed <= SLOTS.keys()
                assert "{" not in line.format_map(SLOTS)
                assert line[0].isupper() or line[0] in "{<"
        assert talk.turn(random.Random(1), SLOTS)  # noqa: S311


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_talk_is_held_about_somebody_of_whom_little_is_known(name: str) -> None:
    little = {**SLOTS, **kind_slots(""), "where": "", "caption": "", "places": ""}
    if name == "CAPTION_TOLD":
        pytest.skip("it is drawn only where there is a caption")
    for seed in range(20):
        turn = drawn(ALL[name], random.Random(seed), little)  # noqa: S311
        assert turn.question
        assert turn.answer
        assert "  " not in turn.answer
        assert not turn.answer.endswith((" .", " ,"))


@pytest.mark.parametrize("name", [one for one in sorted(ALL) if one.endswith("_WITHOUT")])
def test_for_wrong_concepts_alone_no_answer_has_a_name(name: str) -> None:
    for talk in ALL[name]:
        for answer, needed in templates.read(talk.answers):
            assert "name" not in needed or name == "TEXT_WITHOUT"  # the name that was asked about
            if "absent" in needed:
                assert name == "RECOGNITION_WITHOUT"
                assert answer.startswith("No, ")


@pytest.mark.parametrize(
    ("caption", "kinds", "said"),
    [
        ("<bo> lies on <bo>'s bed.", {"bo": "dog"}, "A dog lies on the dog's bed."),
        ("On the sofa is <bo>. <Mia> sleeps.", {"bo": "owl", "Mia": "cat"}, "On the sofa is an owl. A cat sleeps."),
        ("<bo> lies on a bed.", {"bo": ""}, ""),
        ("<bo> liegt auf dem Bett.", {"bo": "Hund"}, ""),
    ],
)
def test_a_caption_without_names_says_kinds(caption: str, kinds: dict[str, str], said: str) -> None:
    assert unnamed_caption(caption, kinds) == said


def test_words_for_kinds() -> None:
    assert kind_slots("owl")["a"] == "an owl"
    assert kind_slots("headphones")["A"] == "A pair of headphones"
    assert kind_slots("pink sunglasses")["a"] == "a pair of pink sunglasses"
    assert kind_slots("flowers")["a"] == ""
    assert kind_slots("mug")["Nobody"] == "Nothing"
    assert kind_slots("brown dog")["who"] == "who"
    assert kind_slots("")["a"] == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_what_is_no_person_is_asked_about_as_a_thing() -> None:
    talks = (*templates.DESCRIPTION, *templates.DESCRIPTION_WITHOUT)
    draw = random.Random(0)  # noqa: S311 - nothing is secret here
    made = {
        f"{turn.question} {turn.answer}"
        for _ in range(400)
        for turn in [drawn(talks, draw, {**SLOTS, **kind_slots("pink sunglasses")})]
    }
    assert not [text for text in made if re.search(r"\bWho\b|\bwho\b|, and about it\.|There's", text)]
    assert any("What is this, and what do you know about it?" in text for text in made)


def test_no_but_another_one_is_answers_only_whether_somebody_is_there() -> None:
    for one in templates.RECOGNITION_OTHER:
        if "No, but {name} is." in one.answers:
            questions = [line for line in one.questions.split("\n") if line.strip()]
            assert all(line.strip().startswith("Is {absent} ") for line in questions)
        if "that {absent}?" in one.questions:
            assert "here" not in one.answers


def test_of_several_names_alone_nothing_is_repeated() -> None:
    bare = [one.model_copy(update={"info": f"This is <{one.name}>.", "questions": ()}) for one in (BO, MIA)]
    answers = [one.turns[0].answer for one in exchanges(picture(), *bare) if one.kind is Kind.SEVERAL]
    assert answers
    assert not any("This is <bo>. This is" in text for text in answers)
