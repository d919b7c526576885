from dataclasses import replace

import pytest

from core.concepts import Box, Grade, Match, Region, Sighting
from core.i18n.translator import LANGUAGES, Translators
from core.intents import Intent, Understood
from core.language.composer import compose
from core.ports import HistoryEntry, Prompt, PromptConcept

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
MAYBE_BO = seen(LEFT, Grade.MAYBE, BO)
STRANGER = seen(RIGHT, category="person")


LOVES_SNOW = "Bo is a Shiba Inu who loves snow."


@pytest.mark.parametrize(
    ("question", "sightings", "said"),
    [
        ("", [SURE_BO], "That's Bo. " + LOVES_SNOW),
        ("", [SURE_BO, STRANGER], f"That's Bo on the left. I also see someone I don't know. {LOVES_SNOW}"),
        ("", [MAYBE_MIA], "The cat might be mia. Is it?"),
        ("", [MAYBE_BO, MAYBE_MIA], "I may see Bo on the left and mia in the middle, but I'm not sure."),
        ("", [seen(LEFT), seen(MIDDLE), seen(RIGHT, category="chair")], "I see a chair and two dogs I don't know."),
        ("", [seen(LEFT), seen(RIGHT, category="person")], "I see a dog and a person I don't know."),
        ("", [], "I don't recognise anyone or anything here."),
        ("who is this?", [STRANGER], "I see someone I don't know."),
        ("What do you see", [STRANGER], "I see someone I don't know."),
        ("is bo in this photo?", [SURE_BO], "Yes, that's Bo."),
        ("Is this Bo?", [STRANGER], "No, I don't see Bo here."),
        ("is that mia?", [MAYBE_MIA], "Maybe: that could be mia."),
        ("do you see bo?", [SURE_BO, STRANGER], "Yes, Bo is on the left."),
        ("where is bo?", [SURE_BO], "Bo is on the left."),
        ("where's mia?", [SURE_BO], "I don't see mia in this photo."),
        ("where is the person", [SURE_BO, STRANGER], "The person is at the top right."),
        ("how many dogs are there?", [SURE_BO, seen(RIGHT)], "Two dogs: Bo and one I don't know."),
        ("How many people?", [STRANGER], "There's one person."),
        ("is this a dog?", [SURE_BO], "Yes, that's Bo."),
        ("is that a cat?", [SURE_BO], "No, I don't see any cats here."),
        ("who is in photo 2?", [STRANGER], "I see someone I don't know."),
        ("how many cats?", [SURE_BO], "I don't see any cats here."),
        ("isn't that my bo?", [SURE_BO], "Yes, that's Bo."),
        ("are bo and mia here?", [SURE_BO], "Yes, that's Bo. No, I don't see mia here."),
        ("what does bo love?", [SURE_BO, STRANGER], LOVES_SNOW),
        ("does he like snow?", [SURE_BO], LOVES_SNOW),
    ],
)  # fmt: skip
def test_a_photo_is_answered_from_what_was_seen(question: str, sightings: list[Sighting], said: str) -> None:
    assert answer(question, *sightings) == said


def understood(
    intent: Intent,
    *names: str,
    sightings: tuple[Sighting, ...] = (),
    question: str = "…",
    language: str = "en",
    known: tuple[PromptConcept, ...] = (BO, MIA),
    said: tuple[str, ...] = (),
    here: bool = True,
) -> str:
    prompt = Prompt(
        question,
        size=SIZE if here else (0, 0),
        sightings=sightings,
        known=known,
        names=tuple(one.name for one in known),
        translator=Translators.load().of(language),
        understood=Understood(intent, names),
        said=tuple(HistoryEntry("assistant", one) for one in said),
    )
    return prompt.translator.sentence_gap.join(compose(prompt))


DOGS_AND_CAT = (SURE_BO, seen(MIDDLE), seen(RIGHT, category="cat"))


@pytest.mark.parametrize(
    ("intent", "kind", "said"),
    [
        (Intent.COUNT, "animal", "Three animals: Bo, a dog and a cat I don't know."),
        (Intent.COUNT, "puppies", "Two dogs: Bo and one I don't know."),
        (Intent.COUNT, "kitty", "There's one cat."),
        (Intent.PRESENT, "Haustiere", "Yes, I see three pets: Bo, a dog and a cat I don't know."),
        (Intent.PRESENT, "someone", "No, I don't see anyone here."),
        (Intent.PRESENT, "vehicle", "No, I don't see any vehicles here."),
        (Intent.PRESENT, "furniture", "No, I don't see any furniture here."),
        (Intent.WHERE, "狗狗", "Bo is on the left. The dog is in the middle."),
    ],
)
def test_kinds_of_kinds_and_everyday_words_are_known(intent: Intent, kind: str, said: str) -> None:
    assert understood(intent, kind, sightings=DOGS_AND_CAT) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Three animals: Bo, a dog and a cat I don't know."),
        ("de", "Ich sehe drei Tiere: Bo, einen Hund und eine Katze, die ich nicht kenne."),
        ("es", "Hay tres animales: Bo, un perro y un gato que no conozco."),
        ("zh", "有三只动物：Bo、一只狗和一只猫，都是我不认识的。"),
    ],
)
def test_animals_are_counted_in_every_language(language: str, said: str) -> None:
    assert understood(Intent.COUNT, "animal", sightings=DOGS_AND_CAT, language=language) == said


def test_whoever_asks_for_men_hears_of_people() -> None:
    said = understood(Intent.COUNT, "person", question="how many men are there?", sightings=(STRANGER,))
    assert said == "I see people, but not whether they are men, women or children. There's one person."


def test_a_thing_seen_twice_is_one() -> None:
    mia = seen(LEFT, Grade.SURE, MIA, "cat")
    again = seen(Box(5, 195, 255, 495), category="cat")
    assert understood(Intent.WHERE, "mia", sightings=(mia, again)) == "mia is on the left."
    assert understood(Intent.COUNT, "cat", sightings=(mia, again)) == "One cat: mia."
    assert understood(Intent.WHO, sightings=(mia, again)) == "That's mia."


def test_someone_beside_her_is_said() -> None:
    mia = seen(LEFT, Grade.SURE, MIA, "cat")
    assert understood(Intent.WHERE, "mia", sightings=(mia, seen(Box(200, 200, 480, 500)))) == (
        "mia is on the left, beside the dog."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_holds_a_configuration_key(language: str) -> None:
    for intent in Intent:
        for here in (True, False):
            said = understood(intent, sightings=(SURE_BO, STRANGER), language=language, here=here)
            assert said
            assert "generator" not in said
            assert "/describe" not in said


def test_what_it_cannot_see_is_said_kindly_and_never_twice_in_the_same_words() -> None:
    first = understood(Intent.BEYOND, sightings=(STRANGER,), question="what is she doing?")
    assert first == (
        "That's more than I can see. I can tell who is in a photo, where, and how many there are. "
        "I see someone I don't know."
    )
    second = understood(Intent.BEYOND, sightings=(STRANGER,), question="is she happy?", said=(first,))
    assert second
    assert first not in second
    assert second not in first


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("talk", ["I love you", "you are so stupid", "what a day", "asdf", "what's the weather like?"])
def test_talk_gets_a_reaction_and_no_description(language: str, talk: str) -> None:
    said: list[str] = []
    for _ in range(2):
        said.append(understood(Intent.NONE, question=talk, language=language, here=False, said=tuple(said)))
    assert said[0] != said[1]
    assert "Shiba" not in "".join(said)


def test_talk_under_a_photo_that_was_described_is_no_question_about_it() -> None:
    assert understood(Intent.NONE, question="lol", sightings=(SURE_BO,), said=("That's Bo.",)) == "Glad you like it! 😄"


def test_who_without_a_photo_asks_for_it() -> None:
    assert understood(Intent.WHO, here=False) == "Send me the photo, then I'll look."


@pytest.mark.parametrize("here", [True, False])
def test_a_name_that_nobody_knows_is_said_to_be_unknown(here: bool) -> None:
    said = understood(Intent.ABOUT, "kai", sightings=(SURE_BO,), here=here)
    assert said == "I don't know kai. Send me a photo with “this is kai”, and I will."


def test_a_yes_to_no_question_is_kindly_said_to_be_one() -> None:
    assert understood(Intent.YES, here=False) == "I didn't ask anything just now, but I'm listening."


def test_what_people_said_is_told_at_the_first_sighting_alone() -> None:
    first = understood(Intent.WHO, sightings=(SURE_BO,))
    assert first == f"That's Bo. {LOVES_SNOW}"
    assert understood(Intent.WHO, sightings=(SURE_BO,), said=(first,)) == "That's Bo."


def test_a_long_text_is_short_at_a_sighting_and_whole_when_asked() -> None:
    text = "a dog who " + "runs and " * 60 + "sleeps. He is five."
    long_bo = PromptConcept(1, "Bo", "dog", text)
    at_sighting = understood(Intent.WHO, sightings=(SURE_BO,), known=(long_bo,))
    assert len(at_sighting) < 140
    assert at_sighting.endswith("…")
    assert understood(Intent.ABOUT, "Bo", known=(long_bo,)) == f"Bo is {text}"


# ── several photos ────────────────────────────────────────────────────────────────────────────────


def album(question: str, *photos: tuple[Sighting, ...], intent: Intent = Intent.WHO, name: str = "") -> str:
    prompts = tuple(
        Prompt(
            question,
            size=SIZE,
            sightings=one,
            names=("Bo", "mia"),
            understood=Understood(intent, (name,) if name else ()),
        )
        for one in photos
    )
    return " ".join(compose(replace(prompts[0], album=prompts)))


def test_an_album_is_told_in_one_go() -> None:
    said = album("", (SURE_BO,), (SURE_BO,), (seen(LEFT),), (SURE_BO,))
    assert said == "Bo is in photos 1, 2 and 4. In photo 3, I see a dog I don't know."
    assert album("", (SURE_BO,), (SURE_BO,), (SURE_BO,)) == "Bo is in all three photos."
    assert album("", *[(seen(LEFT),)] * 7) == "In all seven photos, I see a dog I don't know."
    assert album("", (SURE_BO,), (MAYBE_MIA,)) == "Bo is in photo 1. In photo 2, that might be mia. Is it?"
    assert album("", (), ()) == "I don't recognise anyone or anything in these photos."
    assert album("", (SURE_BO,), ()) == "Bo is in photo 1. In photo 2, I don't recognise anyone."


def test_a_question_about_an_album_is_answered_once() -> None:
    photos = ((SURE_BO,), (STRANGER,), (STRANGER,))
    assert album("is bo there?", *photos, intent=Intent.PRESENT, name="Bo") == "Yes, Bo is in photo 1."
    assert album("is mia there?", *photos, intent=Intent.PRESENT, name="mia") == "No, I don't see mia in any of them."
    counted = album("how many people?", *photos, intent=Intent.COUNT, name="person")
    assert counted == "In photo 1: I don't see anyone here. In photos 2 and 3: There's one person."


# ── names ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("question", ["who is bo?", "Tell me about Bo", "what's Bo", "describe bo", "do you know bo?"])
@pytest.mark.parametrize("photo", [True, False])
def test_a_name_is_answered_from_what_people_said(question: str, photo: bool) -> None:
    assert answer(question, photo=photo) == LOVES_SNOW


def test_a_name_without_a_text_says_how_to_add_one() -> None:
    assert answer("who is mia?", photo=False).endswith("Tell me more: “mia loves snow”, say.")


def test_a_greeting_is_greeted_and_thanks_are_taken() -> None:
    assert answer("Hello!", photo=False).startswith("Hello!")
    assert answer("thank you", photo=False) == "You're welcome!"


def test_a_stranger_chat_is_told_how_to_begin() -> None:
    assert "This is bo" in " ".join(compose(Prompt("what can you do for me?")))


def test_a_question_about_what_someone_does_is_not_answered_with_yes() -> None:
    assert answer("is bo wearing a hat?", SURE_BO).startswith("That's more than I can see.")


def test_what_people_said_answers_only_what_has_to_do_with_it() -> None:
    assert answer("what does bo love?", photo=False) == LOVES_SNOW
    assert answer("what colour is bo?", photo=False).startswith("Nobody has told me that about Bo yet.")
    assert answer("what does mia love?", SURE_BO) == "Nobody has told me that about mia yet."
    assert answer("how old is bo?", SURE_BO) == "Nobody has told me that about Bo yet."
    assert answer("how old is he?", SURE_BO) == "Nobody has told me that about Bo yet."


def test_of_several_photos_a_fact_answers_alone() -> None:
    photos = tuple(
        Prompt("what does bo like?", size=SIZE, sightings=one, known=(BO,), names=("Bo",))
        for one in ((SURE_BO,), (STRANGER,))
    )
    assert compose(replace(photos[0], album=photos)) == [LOVES_SNOW]
    asked = replace(photos[0], question="how old is bo?")
    assert compose(replace(asked, album=(asked, photos[1]))) == ["Nobody has told me that about Bo yet."]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("is bo a dog?", "Yes, Bo is a dog."),
        ("is bo an animal?", "Yes, Bo is a dog."),
        ("is bo a cat?", "No, Bo is a dog."),
    ],
)
def test_what_somebody_is_is_known(question: str, said: str) -> None:
    assert answer(question, SURE_BO) == answer(question, photo=False) == said


def test_a_yes_is_taken_for_an_answer_only_where_somebody_was_just_named() -> None:
    asked = Prompt("yes", size=SIZE, names=("Bo",), known=(BO,), understood=Understood(Intent.YES, ("Bo",)))
    named = replace(asked, history=(HistoryEntry("user", "who is this?"), HistoryEntry("assistant", "That's Bo.")))
    assert compose(named) == ["Good, then I got it right."]
    later = replace(named, history=(*named.history, HistoryEntry("assistant", "Hello!")))
    assert compose(later) == ["I didn't ask anything just now, but I'm listening."]


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("forget everyone", "To erase everything here, send /forgetall; I'll ask before I do."),
        ("keep this photo", "Answer to the photo with /keep, and I'll keep it."),
        ("are you a robot?", "I'm a chat-bot, yes: one that looks at photos."),
        ("tell me a joke", "I'd rather not, my jokes are terrible. Photos are what I'm good at."),
        ("do not forget bo", "I won't forget Bo."),
        ("hmm", "All right."),
    ],
)
def test_small_talk_points_to_what_can_be_done(said: str, answered: str) -> None:
    assert answer(said, photo=False) == answered
