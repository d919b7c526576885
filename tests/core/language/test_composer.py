import pytest

from core.concepts import Box, Grade, Match, Region, Sighting
from core.language.composer import compose
from core.ports import Prompt, PromptConcept

SIZE = (900, 600)
LEFT, MIDDLE, RIGHT = Box(0, 200, 250, 500), Box(330, 200, 560, 420), Box(640, 10, 890, 190)
BO = PromptConcept(1, "Bo", "dog", "a Shiba Inu who loves snow")
MIA = PromptConcept(2, "mia", None, "")


def seen(
    box: Box, grade: Grade = Grade.UNKNOWN, known: PromptConcept | None = None, category: str | None = "dog"
) -> Sighting:
    match = Match(known.id, known.name, 0.9) if known else None
    return Sighting(Region(box, category, 0.8), grade, match, 0.9)


def answer(question: str, *sightings: Sighting, photo: bool = True) -> str:
    size = SIZE if photo else (0, 0)
    asked = [known for known in (BO, MIA) if known.name.lower() in question.lower()]
    matched = {one.match.concept_id for one in sightings if one.match}
    known = tuple(one for one in (BO, MIA) if one in asked or one.id in matched)
    return " ".join(compose(Prompt(question, size=size, sightings=sightings, known=known, names=("Bo", "mia"))))


SURE_BO = seen(LEFT, Grade.SURE, BO)
MAYBE_MIA = seen(MIDDLE, Grade.MAYBE, MIA, "cat")
STRANGER = seen(RIGHT, category="person")


@pytest.mark.parametrize(
    ("question", "sightings", "said"),
    [
        ("", [SURE_BO], "That's Bo. Bo: a Shiba Inu who loves snow."),
        ("", [SURE_BO, STRANGER], "That's Bo on the left. I also see a person I don't know. "
         "Bo: a Shiba Inu who loves snow."),
        ("", [MAYBE_MIA], "The cat might be mia. Is it?"),
        ("", [seen(LEFT), seen(MIDDLE), seen(RIGHT, category="chair")],
         "I see two dogs I don't know and a chair."),
        ("", [], "I don't recognise anyone or anything here."),
        ("who is this?", [STRANGER], "I see a person I don't know."),
        ("What do you see", [STRANGER], "I see a person I don't know."),
        ("is bo in this photo?", [SURE_BO], "Yes, that's Bo."),
        ("Is this Bo?", [STRANGER], "No, I don't see Bo here."),
        ("is that mia?", [MAYBE_MIA], "Maybe: that could be mia."),
        ("do you see bo?", [SURE_BO, STRANGER], "Yes, that's Bo on the left."),
        ("where is bo?", [SURE_BO], "Bo is at the left."),
        ("where's mia?", [SURE_BO], "I don't see mia in this photo."),
        ("where is the person", [SURE_BO, STRANGER], "The person is at the top right."),
        ("how many dogs are there?", [SURE_BO, seen(RIGHT)], "I count two dogs: Bo and a dog I don't know."),
        ("How many people?", [STRANGER], "I count a person."),
        ("is this a dog?", [SURE_BO], "I count a dog: Bo."),
        ("is that a cat?", [SURE_BO], "I don't see any cats here."),
        ("who is in photo 2?", [STRANGER], "I see a person I don't know."),
        ("how many cats?", [SURE_BO], "I don't see any cats here."),
        ("isn't that my bo?", [SURE_BO], "Yes, that's Bo."),
        ("are bo and mia here?", [SURE_BO], "Yes, that's Bo. No, I don't see mia here."),
        ("what does bo love?", [SURE_BO, STRANGER], "Bo: a Shiba Inu who loves snow."),
        ("does he like snow?", [SURE_BO], "Bo: a Shiba Inu who loves snow."),
    ],
)  # fmt: skip
def test_a_photo_is_answered_from_what_was_seen(question: str, sightings: list[Sighting], said: str) -> None:
    assert answer(question, *sightings) == said.replace("at the left", "on the left")


@pytest.mark.parametrize("question", ["who is bo?", "Tell me about Bo", "what's Bo", "describe bo", "do you know bo?"])
@pytest.mark.parametrize("photo", [True, False])
def test_a_name_is_answered_from_what_people_said(question: str, photo: bool) -> None:
    assert answer(question, photo=photo) == "Bo: a Shiba Inu who loves snow."


def test_a_name_without_a_text_says_how_to_add_one() -> None:
    assert "/describe mia" in answer("who is mia?", photo=False)


@pytest.mark.parametrize("question", ["what is bo doing?", "what colour is the sky?", "does bo look happy?"])
def test_what_takes_a_language_model_says_so_plainly(question: str) -> None:
    said = answer(question, SURE_BO)
    assert "vision-language model" in said
    assert said.startswith("That's Bo.")


def test_a_greeting_is_greeted_and_thanks_are_taken() -> None:
    assert answer("Hello!", photo=False).startswith("Hello!")
    assert answer("thank you", SURE_BO) == "You're welcome!"


def test_a_stranger_chat_is_told_how_to_begin() -> None:
    assert "/remember" in " ".join(compose(Prompt("what can you do for me?")))


def test_a_question_about_what_somebody_does_is_not_answered_with_yes() -> None:
    said = answer("is bo wearing a hat?", SURE_BO)
    assert not said.startswith("Yes")
    assert "vision-language model" in said


def test_what_people_said_answers_only_what_has_to_do_with_it() -> None:
    assert answer("what does bo love?", photo=False) == "Bo: a Shiba Inu who loves snow."
    assert "vision-language model" in answer("what colour is bo?", photo=False)
    assert "vision-language model" in answer("what does mia love?", SURE_BO)
