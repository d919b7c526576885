import asyncio
import io
import json
import re
import threading
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import PIL.Image
import pytest
from PIL import ImageFilter

from bot.build.rapport import Rapport
from bot.config import Config
from bot.running.rapport import rapport
from core.concepts import Grade, Region
from core.errors import Busy, GeneratorError
from core.images.decoding import Image
from core.messages import Attachment, Chat, Message, Photo, Reply, Sender
from core.ports import Categories, Generator, Prompt, StatusMessage
from tests.support.decoders import shared_decoders
from tests.support.fakes import BlockDetector, SlowTalker, blocks, fake_models

ANN, BEN, ADMIN = Sender("ann", "Ann"), Sender("ben", "Ben"), Sender("root", "Root", admin=True)


@dataclass
class Talk:
    """A chat with the assistant, as an adapter sees it."""

    running: Rapport
    chat: Chat
    drafts: list[str] = field(default_factory=list)

    async def say(self, text: str = "", *photos: Photo, sender: Sender = ANN, **more: object) -> Reply:
        message = Message(self.chat, sender, text, photos, **more)  # type: ignore[arg-type]
        replies = [reply async for reply in self.running.assistant.answer(message)]
        assert [reply.final for reply in replies].count(True) == 1
        assert replies[-1].final
        self.drafts += [reply.text for reply in replies[:-1]]
        return replies[-1]

    async def press(self, reply: Reply, label: str, sender: Sender = ANN) -> Reply:
        (value,) = [one.value for one in reply.buttons if one.label == label or one.label.startswith(f"{label} (")]
        assert len(value.encode()) <= 64
        return await self.say(value, sender=sender, pressed=True)

    def elsewhere(self, chat: Chat) -> "Talk":
        return replace(self, chat=chat, drafts=[])


@asynccontextmanager
async def talking(path: Path, generator: Generator | None = None, **chat: object) -> AsyncIterator[Talk]:
    config = Config(store={"url": f"sqlite+aiosqlite:///{path / 'test.db'}"}, chat=chat)
    async with rapport(config, fake_models(generator), decoders=shared_decoders()) as running:
        yield Talk(running, Chat("test", "home"))


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(tmp_path) as talk:
        yield talk


def names(reply: Reply) -> list[str | None]:
    return [seen.match.name if seen.match else None for seen in reply.sightings]


# ── remember ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_remembered_concept_is_named_in_the_next_photo(talk: Talk) -> None:
    learnt = await talk.say("/remember bo | | a Shiba who loves snow", blocks("red"))
    assert learnt.text.startswith("Nice to meet bo!")
    assert learnt.image
    reply = await talk.say("", blocks("red", "pink"))
    assert reply.text == "That's bo on the left. I also see someone I don't know. bo is a Shiba who loves snow."
    assert names(reply) == ["bo", None]
    assert reply.image


async def test_full_width_signs_of_a_chinese_keyboard_are_those_of_commands(talk: Talk) -> None:
    assert (await talk.say("／remember 小宝｜狗｜喜欢雪", blocks("red"))).text.startswith("Nice to meet 小宝!")
    assert (await talk.say("／show 小宝")).text.startswith("小宝 (狗)\n喜欢雪")
    assert (await talk.say("／ｓｈｏｗ　小宝")).text.startswith("小宝 (狗)\n喜欢雪")
    assert (await talk.say("/help ｓｈｏｗ")).text == (await talk.say("/help show")).text
    asked = await talk.say("／remember", blocks("blue"))
    assert asked.question
    assert (await talk.say("Mia｜cat")).text.startswith("Nice to meet Mia!")


async def test_a_category_that_nobody_gave_is_the_detectors(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    assert "bo (dog)" in (await talk.say("/show bo")).text


async def test_the_same_name_again_adds_a_photo_and_keeps_the_first_spelling(talk: Talk) -> None:
    await talk.say("/remember Bo", blocks("red"))
    again = await talk.say("/remember BO", blocks("red", "black"))
    assert again.text.startswith("Bo now has 2 photos.")
    assert "Bo: dog · 2 photos" in (await talk.say("/list")).text


async def test_a_photo_can_be_remembered_by_answering_to_it_or_right_after_it(talk: Talk) -> None:
    await talk.say("", blocks("red"), id="1")
    await talk.say("", blocks("blue"), id="2")
    assert (await talk.say("/remember bo", reply_to="1")).text.startswith("Nice to meet bo!")
    assert (await talk.say("/remember mia")).text.startswith("Nice to meet mia!")
    assert names(await talk.say("", blocks("red", "blue"))) == ["bo", "mia"]


async def test_remember_without_any_photo_says_what_to_do(talk: Talk) -> None:
    assert (await talk.say("/remember bo")).text == "Send me a photo of bo, and I'll know them."
    assert (await talk.elsewhere(Chat("test", "away")).say("/remember")).text.startswith("Send me a photo, and tell me")


async def test_the_person_can_mean_another_region(talk: Talk) -> None:
    learnt = await talk.say("/remember bo", blocks("red", "blue"))
    other = next(button.label for button in learnt.buttons if button.value.startswith("/aim"))
    moved = await talk.press(learnt, other)
    assert moved.text == "Got it: this is bo."
    first, second = await talk.say("", blocks("red")), await talk.say("", blocks("blue"))
    assert names(first) != names(second)


async def test_several_photos_are_references_of_one_concept(talk: Talk) -> None:
    reply = await talk.say("/remember bo", blocks("red"), blocks("red", "black"))
    assert "2 photos" in reply.text


async def test_a_bad_photo_among_photos_gets_a_sentence_and_nothing_is_stored(talk: Talk) -> None:
    reply = await talk.say("/remember bo", Photo(b"\xff\xd8\xff\xe0 not really", "bo.jpg"))
    assert reply.text.endswith(".")
    assert "I don't know anyone here yet" in (await talk.say("/list")).text


async def test_an_eleventh_photo_is_too_much(talk: Talk) -> None:
    assert "10 photos at once" in (await talk.say("", *[blocks("red")] * 11)).text


# ── questions ─────────────────────────────────────────────────────────────────────────────────────


async def test_questions_are_about_the_last_photo_of_the_thread(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("", blocks("red", "blue"))
    assert (await talk.say("where is bo?")).text.startswith("bo is on the left")
    thread = talk.elsewhere(Chat("test", "home", "topic"))
    assert (await thread.say("where is bo?")).text == "Send me a photo, and I'll look for bo."


async def test_a_question_without_a_photo_is_answered_from_the_info(talk: Talk) -> None:
    await talk.say("/remember bo | dog | loves snow", blocks("red"))
    fresh = talk.elsewhere(Chat("test", "home", "other"))
    assert (await fresh.say("Tell me about BO!")).text == "bo loves snow."


async def test_an_album_gets_one_answer(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    reply = await talk.say("", blocks("red"), blocks("blue"))
    assert reply.text == "bo is in photo 1. In photo 2, I see a cat I don't know."


async def test_a_stranger_stays_a_stranger(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    reply = await talk.say("", blocks("green"))
    assert reply.text == "I see a dog I don't know."
    assert [seen.grade for seen in reply.sightings] == [Grade.UNKNOWN]


async def test_an_album_to_remember_is_learnt_photo_by_photo_in_its_order(talk: Talk) -> None:
    tiny = io.BytesIO()
    PIL.Image.new("RGB", (40, 40), "red").save(tiny, "PNG")
    album = blocks("red"), Photo(tiny.getvalue(), "tiny.png"), blocks("green"), blocks("green")
    reply = await talk.say("/remember bo", *album)
    assert "Nice to meet bo! I have 3 photos now." in reply.text
    assert "That is too small to learn from." in reply.text
    assert "Two of these photos are almost the same" in reply.text
    assert reply.image is not None


# ── corrections ───────────────────────────────────────────────────────────────────────────────────


async def test_no_means_no_from_the_next_answer_on(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    reply = await talk.say("", blocks("red", "black"))
    assert "bo" in names(reply)
    await talk.press(reply, "Not bo")
    assert "bo" not in names(await talk.say("who is this?"))
    assert "bo" not in names(await talk.say("", blocks("red", "black")))


async def test_wrong_corrects_the_last_answer_and_undo_takes_it_back(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("", blocks("red"))
    corrected = await talk.say("/wrong bo")
    assert "won't take that for bo" in corrected.text
    assert "bo" not in names(await talk.say("", blocks("red")))
    await talk.press(corrected, "Undo")
    assert "bo" in names(await talk.say("", blocks("red")))


async def test_wrong_without_anything_to_correct_says_so(talk: Talk) -> None:
    assert "no photo to correct" in (await talk.say("/wrong")).text
    await talk.say("", blocks("red"))
    assert (await talk.say("/wrong")).text == "I named nobody there."


async def test_yes_adds_a_reference(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    reply = await talk.say("", blocks("red"))
    seen = reply.buttons[0].value.replace("/confirm no", "/confirm yes")
    assert "bo now has 2 photos" in (await talk.say(seen)).text


async def test_a_photo_that_cannot_be_read_is_not_asked_about_again(talk: Talk) -> None:
    await talk.say("/remember bo | dog | a Shiba", blocks("red"))
    unread = await talk.say("", Photo(blocks("blue").data[:200]))
    assert unread.text.startswith("That photo is damaged or arrived only in part.")
    assert (await talk.say("who is bo?")).text == "bo is a Shiba."
    assert names(await talk.say("is bo here?")) == ["bo"]  # the photo before it


async def test_of_several_photos_the_one_that_cannot_be_read_is_told(talk: Talk) -> None:
    broken = Photo(blocks("blue").data[:200])
    assert (await talk.say("", blocks("red"), broken)).text.count("Photo 2: That photo is damaged") == 1
    remembered = await talk.say("/remember bo", broken, blocks("red"))
    assert remembered.text.split("\n\n")[1:] == [
        "Photo 1: That photo is damaged or arrived only in part. Please send it again, or a screenshot of it."
    ]
    assert "bo (dog)\nAdded" in (await talk.say("/show bo")).text


@pytest.mark.parametrize("said", ["hello!", "thanks", "Cool.", "what can you do?", "help"])
async def test_small_talk_after_a_photo_is_not_about_the_photo(talk: Talk, said: str) -> None:
    await talk.say("/remember bo", blocks("red"))
    reply = await talk.say(said)
    assert (reply.image, reply.sightings) == (None, ())
    assert all(one.value == "/help all" for one in reply.buttons)


async def test_what_the_bot_can_do_is_told_when_asked(talk: Talk) -> None:
    assert "“Who is this?”" in (await talk.say("What can you do?")).text


async def test_undo_says_what_it_took_back(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("/remember bo", blocks("red", "black"))
    await talk.say("/describe bo | a Shiba")
    assert (await talk.say("/undo")).text == "I've taken the last text about bo back."
    assert (await talk.say("/undo")).text == "I've taken back what was last added to bo."
    assert (await talk.say("/undo")).text == "I've taken that back: I don't know bo any more."


async def test_buttons_under_an_album_say_which_photo_they_are_about(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    reply = await talk.say("what is bo doing?", blocks("red"), blocks("red", "black"))
    assert [one.label for one in reply.buttons] == ["Photo 1: Not bo", "Photo 2: Not bo"]
    assert reply.text.count("That's more than I can see.") == 1


async def test_a_file_without_a_word_is_asked_about(talk: Talk) -> None:
    await talk.say("", blocks("red"))
    reply = await talk.say("", files=(Attachment("a.zip", "application/zip", b"PK"),))
    assert "send it with /import" in reply.text


async def test_a_long_text_is_one_short_line_in_the_list_and_whole_on_its_card(talk: Talk) -> None:
    story = "he loves\nsnow " * 40
    await talk.say(f"/remember bo | dog | {story}", blocks("red"))
    listed = await talk.say("/list")
    (card,) = listed.cards
    assert len(listed.text.splitlines()) == 2
    assert listed.text.endswith("…")
    assert (card.category, card.photos, card.info) == ("dog", 1, story.strip())


async def test_a_button_works_after_a_restart_when_the_platform_still_has_the_photo(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"))
        reply = await talk.say("", blocks("green", "red"), id="photo")
    async with talking(tmp_path) as talk:
        value = reply.buttons[0].value
        assert "let go of that photo" in (await talk.say(value, pressed=True, reply_to="photo")).text
        quoted = (blocks("green", "red"),)
        pressed = await talk.say(value, pressed=True, reply_to="photo", quoted=quoted)
        assert "won't take that for bo again" in pressed.text
        assert names(await talk.say("", blocks("green", "red"))) == [None, None]


async def test_after_a_restart_a_photo_without_the_one_meant_corrects_nothing(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"))
        value = (await talk.say("", blocks("red"))).buttons[0].value
    async with talking(tmp_path) as talk:
        pressed = await talk.say(value, pressed=True, reply_to="x", quoted=(blocks("green"),))
        assert "let go of that photo" in pressed.text
        second = value.split()
        second[3] = "1"  # the second photo of an album: the platform hands over the first
        other = await talk.say(" ".join(second), pressed=True, reply_to="y", quoted=(blocks("red"),))
        assert "let go of that photo" in other.text


async def test_answering_to_a_photo_that_is_still_in_memory_needs_no_second_look(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("", blocks("red"), id="photo")
    said = await talk.say("/wrong", reply_to="photo", quoted=(blocks("red"),))
    assert "won't take that for bo again" in said.text


async def test_help_ends_with_what_the_platform_keeps_from_the_bot(talk: Talk) -> None:
    assert (await talk.say("/help", caveat="I see only half of it.")).text.endswith("\n\nI see only half of it.")


async def test_a_button_of_another_chat_finds_nothing_here(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    reply = await talk.say("", blocks("red"))
    stranger = talk.elsewhere(Chat("test", "away"))
    assert "let go of that photo" in (await stranger.say(reply.buttons[0].value)).text
    assert (await stranger.say("/aim 1 0 0 50 50")).text == "I don't have that photo any more."
    assert "nothing to take back" in (await stranger.say("/undo 1")).text


# ── forget, undo, edit ────────────────────────────────────────────────────────────────────────────


async def test_forgetting_works_for_the_very_next_photo_and_undo_brings_back(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    gone = await talk.say("/forget BO")
    assert "bo" not in names(await talk.say("", blocks("red")))
    assert (await talk.press(gone, "Undo")).text == "bo is back."
    assert "bo" in names(await talk.say("", blocks("red")))


async def test_without_undo_seconds_forgetting_is_final(tmp_path: Path) -> None:
    async with talking(tmp_path, undo_seconds=0) as talk:
        await talk.say("/remember bo", blocks("red"))
        gone = await talk.say("/forget bo")
        assert gone.text == "I've forgotten bo for good."
        assert not gone.buttons
        assert (await talk.say("/undo")).text != "bo is back."


async def test_renaming_and_describing_take_effect_at_once(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say("/describe bo | likes fish")
    await talk.say("/describe bo | hates fish")
    await talk.say("/rename bo | Bobby")
    shown = (await talk.say("/show bobby")).text
    assert "hates fish" in shown
    assert "Before, Ann said today: likes fish" in shown
    assert (await talk.say("", blocks("red"))).text == "That's Bobby. Bobby hates fish."
    assert "I don't know anyone or anything called bo" in (await talk.say("/show bo")).text


async def test_another_members_concept_needs_its_creator_or_an_admin(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"), sender=ANN)
    for command in ("/forget bo", "/rename bo | x", "/describe bo | x", "/category bo | x", "/undo"):
        assert "Only" in (await talk.say(command, sender=BEN)).text
    assert (await talk.say("/remember bo", blocks("red", "black"), sender=BEN)).text.startswith("bo now has 2")
    refused = await talk.say("/remember bo | | new words", blocks("red", "pink"), sender=BEN)
    assert "Only Ann" in refused.text
    assert "is called rex" in (await talk.say("/rename bo | rex", sender=ADMIN)).text
    await talk.say("/settings edits anyone", sender=ADMIN)
    assert "forgotten rex" in (await talk.say("/forget rex", sender=BEN)).text


async def test_forgetall_asks_once_and_needs_an_admin(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    assert "Only an admin" in (await talk.say("/forgetall")).text
    asked = await talk.say("/forgetall", sender=ADMIN)
    assert "Are you sure?" in asked.text
    assert "bo" in names(await talk.say("", blocks("red")))
    await talk.press(asked, "Yes, forget everything", sender=ADMIN)
    assert "bo" not in names(await talk.say("", blocks("red")))


async def test_two_chats_never_see_each_others_concepts(talk: Talk) -> None:
    away = talk.elsewhere(Chat("test", "away"))
    await talk.say("/remember bo", blocks("red"))
    await away.say("/remember rex", blocks("red"))
    assert names(await talk.say("", blocks("red"))) == ["bo"]
    assert names(await away.say("", blocks("red"))) == ["rex"]
    assert "don't know anyone or anything called bo" in (await away.say("/show bo")).text
    await away.say("/forget rex")
    assert names(await talk.say("", blocks("red"))) == ["bo"]


# ── answers under way ─────────────────────────────────────────────────────────────────────────────


def say_the_names(prompt: Prompt) -> list[str]:
    return [f"I see {' and '.join(known.name for known in prompt.known) or 'a stranger'}", ", ", "indeed."]


@pytest.mark.parametrize("edit", ["/forget bo", "/rename bo | rex", "/wrong bo"])
async def test_an_answer_under_way_does_not_name_what_has_been_forgotten(tmp_path: Path, edit: str) -> None:
    talker = SlowTalker(say_the_names)
    async with talking(tmp_path, talker) as talk:
        await talk.say("/remember bo", blocks("red"))
        answer = asyncio.create_task(talk.say("", blocks("red")))
        await talker.said.wait()
        await talk.say(edit)
        talker.go_on.set()
        reply = await answer
        assert "bo" not in reply.text
        assert "bo" not in names(reply)


class WaitingDetector(BlockDetector):
    """Looks at photos of more than one block only when it may."""

    def __init__(self) -> None:
        self.looking, self.go_on = threading.Event(), threading.Event()

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        if images[0].width > 400:
            self.looking.set()
            assert self.go_on.wait(20)
        return super().detect(images)


@pytest.mark.parametrize(("edit", "seen"), [("/forget bo", [None, None]), ("/rename bo | rex", ["rex", None])])
async def test_an_edit_counts_that_comes_while_a_photo_is_looked_at(
    tmp_path: Path, edit: str, seen: list[str | None]
) -> None:
    detector = WaitingDetector()
    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"})
    async with rapport(config, replace(fake_models(), detectors={"cpu": lambda: detector})) as running:
        talk = Talk(running, Chat("test", "home"))
        await talk.say("/remember bo", blocks("red"))
        answer = asyncio.create_task(talk.say("", blocks("red", "pink")))
        await asyncio.to_thread(detector.looking.wait)
        await talk.say(edit)
        detector.go_on.set()
        reply = await answer
        assert names(reply) == seen
        assert "bo" not in reply.text


async def test_a_further_question_knows_what_was_edited_since_the_photo(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    assert names(await talk.say("", blocks("red"))) == ["bo"]
    assert names(await talk.say("who is this?")) == ["bo"]
    await talk.say("/rename bo | rex")
    assert names(await talk.say("who is this?")) == ["rex"]
    await talk.say("/forget rex")
    assert names(await talk.say("who is this?")) == [None]


async def test_an_answer_under_way_goes_on_when_something_else_changed(tmp_path: Path) -> None:
    talker = SlowTalker(say_the_names)
    async with talking(tmp_path, talker) as talk:
        await talk.say("/remember bo", blocks("red"))
        answer = asyncio.create_task(talk.say("", blocks("red")))
        await talker.said.wait()
        await talk.say("/remember mia", blocks("blue"))
        talker.go_on.set()
        assert (await answer).text == "I see bo, indeed."
        assert len(talker.prompts) == 1


@dataclass
class Failing:
    """A generator that says some words and fails."""

    error: Exception
    words: tuple[str, ...] = ()
    identity: str = "failing"
    sees: bool = True

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        for word in self.words:
            yield word
        raise self.error


@pytest.mark.parametrize("words", [(), ("Bo ", "sits ", "on")])
async def test_who_is_there_is_said_although_the_generator_fails(tmp_path: Path, words: tuple[str, ...]) -> None:
    async with talking(tmp_path, Failing(GeneratorError("No connection to http://vlm."), words)) as talk:
        await talk.say("/remember bo | dog | loves snow", blocks("red"))
        reply = await talk.say("what is bo doing?", blocks("red"))
        assert names(reply) == ["bo"]
        assert reply.image
        assert reply.text == (
            "That's bo. bo loves snow.\n\nI can't say more than that right now. My host can find the reason in my log."
        )
        await talk.say("/settings language es", sender=ADMIN)
        said = (await talk.say("", blocks("pink"))).text
        assert said.endswith("Mi anfitrión puede mirar el motivo en mi registro.")
        await talk.say("/settings language en", sender=ADMIN)
        album = await talk.say("", blocks("red"), blocks("pink"))
        assert album.text.startswith("bo is in photo 1. In photo 2, I see someone I don't")


async def test_a_generator_with_too_much_to_do_is_no_reason_to_keep_quiet(tmp_path: Path) -> None:
    async with talking(tmp_path, Failing(Busy("The model has too much to do right now."))) as talk:
        reply = await talk.say("", blocks("pink"))
        assert reply.text == "I see someone I don't know.\n\nThe model has too much to do right now."
        assert (await talk.say("hi, tell me more")).text.endswith("The model has too much to do right now.")
        other = talk.elsewhere(Chat("test", "away"))
        assert (await other.say("tell me more")).text == "The model has too much to do right now."


async def test_who_was_seen_is_the_first_draft_before_a_language_model_has_said_anything(tmp_path: Path) -> None:
    talker = SlowTalker(lambda _: ["A dog ", "in the snow."])
    async with talking(tmp_path, talker) as talk:
        await talk.say("/remember bo", blocks("red"))
        await talk.say("/settings language de", sender=ADMIN)
        replies = talk.running.assistant.answer(Message(talk.chat, ANN, "Was macht Bo?", (blocks("red"),)))
        first = await anext(replies)
        assert (first.text, first.final) == ("Das ist bo.", False)
        assert [words for _, words in first.basis.facts] == ["bo"]
        assert talker.prompts == []
        talker.go_on.set()
        said = [reply.text async for reply in replies]
        assert said == ["A dog ", "A dog in the snow."]
        talk.drafts.clear()
        await talk.say("Schön!")
        assert not any(draft.startswith("Das ist bo") for draft in talk.drafts)


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        (["<thi", "nk>Is it <b", "o>?</think>", "\n\nThat's <b", "o>.<|im_", "end|>"], "That's bo."),
        (["Is it bo? ", "Hm.", " Yes.</think>", "It's <bo>."], "It's bo."),
        (["◁think▷Hm.◁/think▷", *"That's <bo>!"], "That's bo!"),
    ],
)
async def test_thoughts_marks_and_brackets_never_reach_a_chat(tmp_path: Path, pieces: list[str], said: str) -> None:
    talker = SlowTalker(lambda _: pieces)
    talker.go_on.set()
    async with talking(tmp_path, talker) as talk:
        await talk.say("/remember bo", blocks("red"))
        for _ in range(2):
            talk.drafts.clear()
            reply = await talk.say("who is it?", blocks("red"))
            assert reply.text == said
        # The second time it is known that what comes first are thoughts.
        assert not any("Hm" in draft or "Is it" in draft or "<" in draft for draft in talk.drafts)


async def test_one_stray_end_of_thoughts_takes_no_words_from_the_next_answers(tmp_path: Path) -> None:
    answers = iter([["secret", "</think>", "It is bo."], ["x"] * 200_000, ["It is ", "still ", "bo, ", "asleep."]])
    talker = SlowTalker(lambda _: next(answers))
    talker.go_on.set()
    async with talking(tmp_path, talker) as talk:
        assert (await talk.say("tell me something")).text == "It is bo."
        assert (await talk.say("tell me a story")).text == "x" * 8000 + " …"
        talk.drafts.clear()
        assert (await talk.say("and now?")).text == "It is still bo, asleep."
        assert "It is still bo, " in talk.drafts


async def test_thoughts_that_never_end_leave_who_was_seen(tmp_path: Path) -> None:
    talker = SlowTalker(lambda _: ["<think>", "Is it bo, ", "or not?"])
    talker.go_on.set()
    async with talking(tmp_path, talker) as talk:
        await talk.say("/remember bo", blocks("red"))
        reply = await talk.say("", blocks("red"))
        assert reply.text == (
            "That's bo.\n\nI can't say more than that right now. Please ask me again, or differently."
        )
        assert set(talk.drafts) == {"That's bo."}


async def test_of_a_long_answer_the_begin_is_shown_in_some_hundred_drafts(tmp_path: Path) -> None:
    talker = SlowTalker(lambda _: ["x"] * 200_000)
    talker.go_on.set()
    async with talking(tmp_path, talker) as talk:
        reply = await talk.say("tell me a story")
    assert reply.text == "x" * 8000 + " …"
    assert len(talk.drafts) < 500


async def test_the_first_draft_is_taken_back_when_who_is_in_it_is_forgotten(tmp_path: Path) -> None:
    talker = SlowTalker(say_the_names)
    async with talking(tmp_path, talker) as talk:
        await talk.say("/remember bo", blocks("red"))
        answer = asyncio.create_task(talk.say("", blocks("red")))
        await talker.said.wait()
        await talk.say("/forget bo")
        talker.go_on.set()
        reply = await answer
    assert talk.drafts[:3] == ["That's bo.", "…", "I see a dog I don't know."]
    assert "bo" not in reply.text


async def test_a_failure_stays_out_of_what_the_generator_reads_next(tmp_path: Path) -> None:
    talker = SlowTalker(lambda prompt: ["A dog."] if prompt.question == "now?" else [])
    talker.go_on.set()
    async with talking(tmp_path, talker) as talk:
        assert "ask me again, or differently" in (await talk.say("what's that?", blocks("pink"))).text
        assert (await talk.say("now?")).text == "A dog."
        assert [prompt.said for prompt in talker.prompts] == [(), ()]


async def test_a_generator_that_sees_gets_the_photo_and_the_references(tmp_path: Path) -> None:
    talker = SlowTalker(say_the_names)
    talker.go_on.set()
    async with talking(tmp_path, talker) as talk:
        await talk.say("/remember bo | dog | loves snow", blocks("red"))
        await talk.say("what is bo doing?", blocks("red", "blue"))
        await talk.say("and now?")
    first, second = talker.prompts
    assert first.photo is not None
    assert first.photo.startswith(b"\xff\xd8")
    assert [(known.name, known.info) for known in first.known] == [("bo", "loves snow")]
    assert first.known[0].picture is not None
    assert second.photo == first.photo
    assert second.history == ()
    assert [turn.text for turn in second.said] == ["what is bo doing?", "I see bo, indeed."]


async def test_why_an_answer_takes_so_long_is_shown_until_it_comes_and_is_no_part_of_it(
    tmp_path: Path,
) -> None:
    talker = SlowTalker(lambda _prompt: [StatusMessage("(busy)"), StatusMessage("(still busy)"), "There", " you are."])
    talker.go_on.set()
    async with talking(tmp_path, talker) as talk:
        reply = await talk.say("where are you?", blocks("red"))
        await talk.say("and now?")
    seen = "I see a dog I don't know."
    assert talk.drafts[:4] == [seen, f"{seen}\n\n(busy)", f"{seen}\n\n(still busy)", "There"]
    assert reply.text == "There you are."
    assert talker.prompts[1].said[1].text == "There you are."


# ── groups ────────────────────────────────────────────────────────────────────────────────────────


async def test_group_talk_is_left_alone_until_the_chat_asks_for_more(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    assert (await talk.say("", blocks("red"), addressed=False)).silent
    await talk.say("/settings replies known", sender=ADMIN)
    assert (await talk.say("", blocks("red"), addressed=False)).text.startswith("That's bo")
    assert (await talk.say("", blocks("blue"), addressed=False)).silent
    assert (await talk.say("nice weather", addressed=False)).silent
    await talk.say("/settings replies all", sender=ADMIN)
    assert (await talk.say("", blocks("blue"), addressed=False)).text == "I see a cat I don't know."


@pytest.mark.parametrize(("text", "said"), [
    ("/settings volume high", "There is no setting"),
    ("/settings replies sometimes", "can be: addressed · known · all"),
    ("/settings faces", "/settings faces off (I don't compare faces)"),
])  # fmt: skip
async def test_a_setting_that_is_not_there_says_what_is(talk: Talk, text: str, said: str) -> None:
    assert said in (await talk.say(text, sender=ADMIN)).text


@pytest.mark.parametrize(
    ("language", "teaching", "talk_"),
    [
        ("en", ("this is Max", "no, that's Max", "remember Max"), ("who is that?", "this is fun", "hello", "yes")),
        ("de", ("das ist Max", "merk dir Max"), ("wer ist das?", "das ist schön")),
        ("es", ("este es Max",), ("¿quién es?", "esto es genial")),
        ("zh", ("这是Max", "这是小明"), ("这是谁？", "这很好")),
    ],
)
async def test_an_edit_that_would_teach_is_told_that_it_lacks_the_photo(
    talk: Talk, language: str, teaching: tuple[str, ...], talk_: tuple[str, ...]
) -> None:
    sender, photo = replace(ANN, language=language), {"en": "a photo", "de": "Foto", "es": "foto", "zh": "照片"}
    for text in teaching:
        assert photo[language] in (await talk.say(text, sender=sender, edited_after=3600.0)).text
        assert (await talk.say(text, sender=sender, edited_after=3600.0, addressed=False)).silent
    for text in talk_:
        assert (await talk.say(text, sender=sender, edited_after=3600.0)).silent


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "this is Luna", "Send me a photo of Luna, and I'll know them."),
        ("en", "my cat is called Luna", "Send me a photo of Luna, and I'll know them."),
        ("de", "das ist Luna", "Schick mir ein Foto von Luna, dann weiß ich nächstes Mal, wer das ist."),
        ("de", "das ist meine Katze Luna", "Schick mir ein Foto von Luna, dann weiß ich nächstes Mal, wer das ist."),
        ("es", "esta es Luna", "Envíame una foto de Luna y la próxima vez sabré quién es."),
        ("zh", "这是Luna", "发一张 Luna 的照片给我，我就认识了。"),
    ],
)
@pytest.mark.parametrize("edited_after", [None, 3600.0])
async def test_who_is_introduced_before_the_photo_comes_is_taught_by_it(
    talk: Talk, language: str, text: str, said: str, edited_after: float | None
) -> None:
    sender = replace(ANN, language=language)
    assert (await talk.say(text, sender=sender, edited_after=edited_after)).text == said
    await talk.say("", blocks("blue"), sender=sender)
    (card,) = (await talk.say("/list")).cards
    assert (card.title, card.photos) == ("Luna", 1)
    assert card.category == ("cat" if "cat" in text or "Katze" in text else card.category)


async def test_praise_and_kinds_of_things_introduce_nobody(talk: Talk) -> None:
    for text in ("this is great", "this is my dog", "this is a cat", "das ist schön", "esto es genial", "这很好"):
        assert "photo of" not in (await talk.say(text)).text, text
    assert (await talk.say("", blocks("red"))).text == "I see a dog I don't know."


async def test_a_chinese_list_has_chinese_colons_and_brackets(talk: Talk) -> None:
    await talk.say("/remember bo | dog", blocks("red"))
    chinese = replace(ANN, language="zh")
    assert "bo：狗 · 1 张照片" in (await talk.say("/list", sender=chinese)).text
    assert (await talk.say("/show bo", sender=chinese)).text.startswith("bo（狗）\n")
    await talk.say("/keep", blocks("red"))
    assert "第 1 张：bo" in (await talk.say("/photos", sender=chinese)).text
    settings = (await talk.say("/settings", sender=chinese)).text
    assert "replies：addressed（" in settings
    assert not re.search(r": | \(", settings)


async def test_an_edit_that_lacks_its_photo_closes_no_question_asked_since(talk: Talk) -> None:
    asked = await talk.say("/remember", blocks("red"))
    assert asked.question
    await talk.say("this is Max", edited_after=3600.0)
    assert (await talk.say("bo")).text.startswith("Nice to meet bo!")


async def test_settings_privacy_help_and_start_answer(talk: Talk) -> None:
    assert "replies: addressed" in (await talk.say("/settings")).text
    assert "30 minutes" in (await talk.say("/privacy")).text
    assert "/remember NAME | CATEGORY | INFO" in (await talk.say("/help all")).text
    assert "“This is bo”" in (await talk.say("/start")).text
    assert "Did you mean /remember?" in (await talk.say("/remebmer bo")).text


async def test_help_fits_a_phone_and_shows_sentences_first(talk: Talk) -> None:
    help_text = await talk.say("/help")
    assert len(help_text.text.splitlines()) <= 20
    assert "“Who is this?”" in help_text.text
    assert [one.value for one in help_text.buttons] == ["/help all"]
    assert (await talk.say("/help forget")).text == "/forget NAME: forget them at once"
    assert (await talk.say("/help /undo")).text.startswith("/undo: ")
    assert "Did you mean /forget?" in (await talk.say("/help forgett")).text


# ── export and import ─────────────────────────────────────────────────────────────────────────────


async def test_what_is_exported_can_be_imported_into_another_chat(talk: Talk) -> None:
    await talk.say("/remember bo | dog | loves snow", blocks("red", "pink"))
    await talk.say("/describe bo | hates snow")
    (packed,) = (await talk.say("/export", sender=ADMIN)).attachments
    away = talk.elsewhere(Chat("test", "away"))
    report = await away.say("/import", files=(packed,), sender=BEN)
    assert report.text == "I've taken in 1 name with 1 photo."
    assert "Before, Ben said today: loves snow" in (await away.say("/show bo")).text
    assert names(await away.say("", blocks("red"))) == ["bo"]


async def test_an_import_adds_only_what_is_not_here_yet(talk: Talk) -> None:
    await talk.say("/remember bo | dog | loves snow", blocks("red", "pink"))
    await talk.say("/describe bo | hates snow")
    (packed,) = (await talk.say("/export", sender=ADMIN)).attachments
    again = await talk.say("/import", files=(packed,), sender=ADMIN)
    assert again.text == "1 photo was here already."
    away = talk.elsewhere(Chat("test", "away"))
    await away.say("/import", files=(packed,), sender=BEN)
    await away.say("/describe bo | loves Ben", sender=BEN)
    assert (await away.say("/import", files=(packed,), sender=BEN)).text == "1 photo was here already."
    shown = (await away.say("/show bo")).text
    assert "1 photo" in shown
    assert "loves Ben (Ben, today)" in shown.splitlines()
    assert shown.count("loves snow") == shown.count("hates snow") == 1


async def test_the_export_holds_raps_layout_too_and_that_can_be_imported(talk: Talk) -> None:
    await talk.say("/remember bo | dog | loves snow", blocks("red"))
    (packed,) = (await talk.say("/export", sender=ADMIN)).attachments
    unpacked = zipfile.ZipFile(io.BytesIO(packed.data))
    database = json.loads(unpacked.read("database.json"))
    (record,) = database["concept_dict"].values()
    assert list(database["concept_dict"]) == ["<bo>"]
    assert record["info"] == "loves snow"
    assert database["path_to_concept"] == {record["image"]: "<bo>"}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as only_rap:
        only_rap.writestr("database.json", json.dumps(database))
        only_rap.writestr(record["image"], unpacked.read(record["image"]))
    away = talk.elsewhere(Chat("test", "away"))
    await away.say("/import", files=(Attachment("rap.zip", "application/zip", out.getvalue()),))
    assert names(await away.say("", blocks("red"))) == ["bo"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "isn't a zip"),
        (b"PK\x03\x04 broken", "isn't a zip"),
        (blocks("red").data, "isn't a zip"),
    ],
)
async def test_a_file_that_is_no_archive_gets_a_sentence(talk: Talk, data: bytes, said: str) -> None:
    assert said in (await talk.say("/import", files=(Attachment("x.zip", "application/zip", data),))).text


async def test_a_damaged_list_in_an_archive_takes_nothing_in(talk: Talk) -> None:
    damaged = "The list of names in there is damaged, so I took nothing in."
    foreign = "I found no photos and no list of names in there."
    long = "The list of names in there is longer than I can take in at once."
    for name, text, said in (
        ("rapport.json", "{", damaged),
        ("database.json", '{"concept_dict": []}', damaged),
        ("rapport.json", "[" * 400_000, long),
        ("x.txt", "", foreign),
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            packed.writestr(name, text)
        reply = await talk.say("/import", files=(Attachment("x.zip", "application/zip", out.getvalue()),))
        assert reply.text.startswith(said)
    assert "I don't know anyone" in (await talk.say("/list")).text


# ── poor photos and odd names ─────────────────────────────────────────────────────────────────────


async def test_a_blurred_reference_is_kept_with_a_warning(talk: Talk) -> None:
    with PIL.Image.open(io.BytesIO(blocks("red").data)) as sharp:
        out = io.BytesIO()
        sharp.filter(ImageFilter.GaussianBlur(6)).save(out, "PNG")
    reply = await talk.say("/remember bo", Photo(out.getvalue()))
    assert reply.text.startswith("Nice to meet bo! That photo is blurred; a sharper one would help me more.")


@pytest.mark.parametrize(
    "name",
    [
        "🐕",
        "小波",
        "محمد",
        "bo'; DROP TABLE concepts;--",
        "Robert\u0301",
        "a" * 64,
        "100%",
        "..",
        "None",
        "/forget",
    ],
)
async def test_a_name_of_any_kind_is_remembered_shown_recognised_and_forgotten(talk: Talk, name: str) -> None:
    assert "Nice to meet" in (await talk.say(f"/remember {name}", blocks("red"))).text
    seen = await talk.say("", blocks("red"))
    assert len(names(seen)) == 1
    assert seen.image
    assert "1 photo" in (await talk.say(f"/show {name}")).text
    assert "forgotten" in (await talk.say(f"/forget {name}")).text
    assert names(await talk.say("", blocks("red"))) == [None]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 10_000, "That name is 10,000 characters long; 64 is the most I can keep."),
        ("<script>", "A name can't hold line breaks, angle brackets or hidden characters."),
        ("a\nb", "A name can't hold line breaks, angle brackets or hidden characters."),
        ("\u200b", "What should I call it? Write the name after the command, as in /remember bo."),
    ],
)
async def test_a_name_that_cannot_be_gets_a_sentence_and_nothing_is_stored(talk: Talk, name: str, said: str) -> None:
    assert (await talk.say(f"/remember {name}", blocks("red"))).text == said
    assert "I don't know anyone" in (await talk.say("/list")).text


@pytest.mark.parametrize("text", ["x" * 2001, " "])
async def test_a_text_that_is_too_long_or_empty_gets_a_sentence(talk: Talk, text: str) -> None:
    await talk.say("/remember bo", blocks("red"))
    assert (await talk.say(f"/describe bo | {text}")).text[-1] in ".?"
    assert "bo (dog)\nAdded" in (await talk.say("/show bo")).text


def broken_photos() -> dict[str, bytes]:
    whole = blocks("red").data
    jpeg, packed, bomb = io.BytesIO(), io.BytesIO(), io.BytesIO()
    picture = PIL.Image.open(io.BytesIO(whole)).convert("RGB")
    picture.save(jpeg, "JPEG")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("bo.txt", "bo")
    PIL.Image.new("1", (10_000, 10_000)).save(bomb, "PNG")
    return {
        "empty": b"",
        "truncated": jpeg.getvalue()[: len(jpeg.getvalue()) // 3],
        "a zip named jpg": packed.getvalue(),
        "text": b"hello " * 50,
        "100 megapixels": bomb.getvalue(),
        "html": b"<html><img src=x></html>",
    }


@pytest.mark.parametrize("kind", broken_photos())
async def test_a_photo_that_cannot_be_read_gets_a_sentence_and_the_next_is_answered(talk: Talk, kind: str) -> None:
    await talk.say("/remember bo", blocks("red"))
    reply = await talk.say("", Photo(broken_photos()[kind], "bo.jpg"))
    assert reply.text.endswith(".")
    assert not reply.sightings
    assert names(await talk.say("", blocks("red"))) == ["bo"]


async def test_an_animated_gif_is_its_first_clear_frame(talk: Talk) -> None:
    frames = [PIL.Image.open(io.BytesIO(blocks(colour).data)).convert("RGB") for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    seen = (await talk.say("", Photo(out.getvalue()))).sightings
    assert [one.region.category for one in seen] == ["dog"]


# ── photos that are not kept ──────────────────────────────────────────────────────────────────────


async def test_nothing_is_offered_that_needs_a_photo_to_be_kept_where_none_is(tmp_path: Path) -> None:
    async with talking(tmp_path, photo_minutes=0) as talk:
        await talk.say("this is bo", blocks("red"))
        for reply in (await talk.say("", blocks("red")), await talk.say("", blocks("pink"))):
            assert not [one for one in reply.buttons if one.value.startswith(("/confirm", "/point"))]
            assert (reply.regions, reply.question) == ((), None)
        assert "/remember bo" in (await talk.say("/remember", blocks("red"))).text
        assert "Send me a photo of mia" in (await talk.say("/remember mia")).text
        assert "Nice to meet mia" in (await talk.say("", blocks("blue"))).text  # what was asked is known still


async def test_an_old_undo_of_a_teaching_names_what_still_works_and_a_correction_needs_none(tmp_path: Path) -> None:
    async with talking(tmp_path, undo_seconds=1) as talk:
        learnt = await talk.say("/remember bo", blocks("red"))
        await asyncio.sleep(1.2)
        assert "/forget bo still makes me forget bo" in (await talk.press(learnt, "Undo (bo remembered)")).text
        assert "/forget bo" in (await talk.say("/undo")).text
        await talk.say("/forget bo")
        await talk.say("/remember bo", blocks("red"))
        await asyncio.sleep(1.2)
        assert "Max" in (await talk.say("no, that's Max")).text
        assert [one.name for one in await talk.running.store.concepts(talk.chat)] == ["Max"]
