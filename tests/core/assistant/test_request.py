"""What a message brought: only one that brings nothing is about the last photo."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from core.images.contact_sheet import picture_of
from core.messages import Attachment, AttachmentKind, Photo, Unreadable
from tests.core.assistant.test_assistant import ADMIN, Talk, names, talking
from tests.support.fakes import blocks


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    """A chat that knows bo, who is in its last photo."""
    async with talking(tmp_path) as talk:
        await talk.say("/remember bo", blocks("red"))
        await talk.say("", blocks("red"), id="last")
        yield talk


SENTENCES = {
    AttachmentKind.PHOTO: "I can't get at that photo from here. Please send it to me again.",
    AttachmentKind.VIDEO: "I can't get at that video, or it is too large. Send me a photo, and I'll look at it.",
    AttachmentKind.ANIMATION: "I can't get at that animation. Send me a photo, and I'll look at it.",
    AttachmentKind.STICKER: "I can't look at stickers. Send me a photo, and I'll look at it.",
    AttachmentKind.AUDIO: "I can't listen to recordings. Send me a photo, and I'll look at it.",
    AttachmentKind.FILE: "I can't look at that, only at photos.",
    AttachmentKind.OTHER: "I can't look at that, only at photos.",
}


@pytest.mark.parametrize("kind", AttachmentKind)
@pytest.mark.parametrize("command", ["", "/remember mia", "/wrong"])
async def test_what_cannot_be_looked_at_gets_one_sentence(talk: Talk, kind: AttachmentKind, command: str) -> None:
    reply = await talk.say(command, unreadable=(Unreadable(kind),))
    assert (reply.text, reply.sightings, reply.image) == (SENTENCES[kind], (), None)
    assert "mia" not in (await talk.say("/list")).text


@pytest.mark.parametrize("command", ["", "/remember mia", "/wrong"])
async def test_an_answer_to_what_cannot_be_looked_at_is_not_about_the_last_photo(talk: Talk, command: str) -> None:
    video = (Unreadable(AttachmentKind.VIDEO),)
    reply = await talk.say(command, reply_to="film", quoted_unreadable=video)
    assert reply.text == SENTENCES[AttachmentKind.VIDEO]
    assert "mia" not in (await talk.say("/list")).text


async def test_a_question_with_what_cannot_be_looked_at_is_answered_without_a_photo_and_says_so(talk: Talk) -> None:
    await talk.say("/describe bo | barks")
    reply = await talk.say("who is bo?", unreadable=(Unreadable(AttachmentKind.VIDEO),))
    assert reply.text == f"bo barks.\n\n{SENTENCES[AttachmentKind.VIDEO]}"
    assert reply.sightings == ()


async def test_a_question_about_what_cannot_be_looked_at_gets_that_sentence_alone(talk: Talk) -> None:
    reply = await talk.say("what is this?", unreadable=(Unreadable(AttachmentKind.VIDEO),))
    assert reply.text == SENTENCES[AttachmentKind.VIDEO]


async def test_a_photo_beside_a_video_is_looked_at_and_the_video_is_told(talk: Talk) -> None:
    reply = await talk.say("", blocks("red"), unreadable=(Unreadable(AttachmentKind.VIDEO),))
    assert names(reply) == ["bo"]
    assert reply.text == f"That's bo.\n\n{SENTENCES[AttachmentKind.VIDEO]}"


async def test_a_file_is_named(talk: Talk) -> None:
    pdf = Attachment("plan.pdf", "application/pdf", b"%PDF")
    said = "I can't look at plan.pdf. Send me a photo, and I'll look at it."
    assert (await talk.say("", files=(pdf,))).text == said
    assert (await talk.say("", unreadable=(Unreadable(AttachmentKind.FILE, "plan.pdf"),))).text == said
    assert (await talk.say("/remember mia", files=(pdf,))).text == said


async def test_a_command_that_needs_no_photo_takes_no_notice_of_what_came_with_it(talk: Talk) -> None:
    reply = await talk.say("/list", unreadable=(Unreadable(AttachmentKind.STICKER),))
    assert reply.text == "I know 1 name here:\nbo: dog · 1 photo"


async def test_a_message_that_brings_nothing_is_about_the_last_photo(talk: Talk) -> None:
    assert names(await talk.say("who is this?")) == ["bo"]
    assert names(await talk.say("who is this?", reply_to="last")) == ["bo"]
    assert (await talk.say("who is this?", reply_to="long ago")).sightings == ()


async def test_its_own_photos_come_before_those_of_the_message_it_answers(talk: Talk) -> None:
    reply = await talk.say("", blocks("pink"), reply_to="last", quoted=(blocks("red"),))
    assert names(reply) == [None]


async def test_group_talk_with_a_sticker_stays_unanswered(talk: Talk) -> None:
    sticker = (Unreadable(AttachmentKind.STICKER),)
    assert (await talk.say("", unreadable=sticker, addressed=False)).silent
    await talk.say("/settings replies all", sender=ADMIN)
    assert (await talk.say("", unreadable=sticker, addressed=False)).silent


async def test_of_too_many_photos_none_is_kept(talk: Talk) -> None:
    assert "10 photos at once" in (await talk.say("", *[blocks("pink")] * 11)).text
    assert names(await talk.say("who is this?")) == ["bo"]


async def test_a_photo_that_is_remembered_beside_a_file_says_that_the_file_was_not_looked_at(talk: Talk) -> None:
    reply = await talk.say("/remember bo", blocks("red", "pink"), unreadable=(Unreadable(AttachmentKind.VIDEO),))
    assert reply.text.startswith("bo now has 2 photos.")
    assert reply.text.endswith(SENTENCES[AttachmentKind.VIDEO])


async def test_a_thin_photo_of_ours_is_shown_and_listed(talk: Talk) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (150, 3000, 3), np.uint8)
    out = io.BytesIO()
    PIL.Image.fromarray(pixels).save(out, "PNG")
    assert "Nice to meet pano" in (await talk.say("/remember pano", Photo(out.getvalue()))).text
    listed = await talk.say("/list")
    assert picture_of(listed)
    assert (await talk.say("/show pano")).image
