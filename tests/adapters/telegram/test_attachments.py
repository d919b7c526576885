"""Everything attached to Telegram's messages is reported to the assistant, whether it can be looked at or not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.messages import AttachmentKind, Message, Unreadable
from tests.support.fakes import blocks
from tests.support.peers.telegram import BOT, Refused, chat
from tests.support.peers.telegram_people import People, telegram
from tests.support.recorder import Recorder, reported

RED, GREEN = blocks("red").data, blocks("green").data
GROUP = -5
FILE = {"file_id": "f", "file_unique_id": "f", "file_size": 9}
SIZED = {**FILE, "width": 9, "height": 9}
LASTING = {**SIZED, "duration": 3}
PLACE = {"latitude": 1.0, "longitude": 2.0}
CASES: dict[str, tuple[dict[str, Any], Unreadable]] = {
    "a video": ({"video": {**LASTING, "file_name": "bo.mp4"}}, Unreadable(AttachmentKind.VIDEO, "bo.mp4")),
    "a round video": ({"video_note": {**FILE, "length": 9, "duration": 3}}, Unreadable(AttachmentKind.VIDEO)),
    "a GIF": (
        {"animation": {**LASTING, "file_name": "bo.gif"}, "document": {**FILE, "mime_type": "video/mp4"}},
        Unreadable(AttachmentKind.ANIMATION, "bo.gif"),
    ),
    "a sticker": (
        {"sticker": {**SIZED, "type": "regular", "is_animated": False, "is_video": False}},
        Unreadable(AttachmentKind.STICKER),
    ),
    "a recording": ({"voice": {**FILE, "duration": 3}}, Unreadable(AttachmentKind.AUDIO)),
    "a song": ({"audio": {**FILE, "duration": 3, "file_name": "a.mp3"}}, Unreadable(AttachmentKind.AUDIO, "a.mp3")),
    "a document": (
        {"document": {**FILE, "mime_type": "application/pdf", "file_name": "bill.pdf"}},
        Unreadable(AttachmentKind.FILE, "bill.pdf"),
    ),
    "a video sent as a file": (
        {"document": {**FILE, "mime_type": "video/mp4", "file_name": "bo.mp4"}},
        Unreadable(AttachmentKind.VIDEO, "bo.mp4"),
    ),
    "a location": ({"location": PLACE}, Unreadable(AttachmentKind.OTHER)),
    "a venue": (
        {"location": PLACE, "venue": {"location": PLACE, "title": "a", "address": "b"}},
        Unreadable(AttachmentKind.OTHER),
    ),
    "a contact": ({"contact": {"phone_number": "1", "first_name": "Ann"}}, Unreadable(AttachmentKind.OTHER)),
    "a die": ({"dice": {"emoji": "🎲", "value": 3}}, Unreadable(AttachmentKind.OTHER)),
}


@pytest.fixture
def assistant() -> Recorder:
    return Recorder()


@pytest.fixture
async def people(tmp_path: Path, assistant: Recorder) -> AsyncIterator[People]:
    async with telegram(tmp_path, assistant=assistant) as people:
        yield people


async def test_what_a_private_message_brings_is_reported_with_kind_and_name(
    people: People, assistant: Recorder
) -> None:
    for what, (attached, expected) in CASES.items():
        await people.ask("", **attached)
        message = assistant.messages[-1]
        assert (message.unreadable, message.photos, message.files) == ((expected,), (), ()), what


async def test_what_the_answered_message_brings_is_reported_too(people: People, assistant: Recorder) -> None:
    for what, (attached, expected) in CASES.items():
        posted = people.message("", None, GROUP, 8, dict(attached))
        await people.ask("@rapport_bot who is this?", chat_id=GROUP, reply_to_message=posted)
        message = assistant.messages[-1]
        assert (message.quoted_unreadable, message.unreadable, message.quoted) == ((expected,), (), ()), what
        assert message.text == "who is this?"


async def test_photos_are_no_unreadable_attachments(people: People, assistant: Recorder) -> None:
    await people.ask("", RED)
    document = people.upload(RED, mime_type="image/png", file_name="bo.png")
    await people.ask("", document=document)
    await people.ask("words")
    assert [(len(one.photos), one.unreadable) for one in assistant.messages] == [(1, ()), (1, ()), (0, ())]


async def test_a_video_with_a_command_as_its_caption_keeps_both(people: People, assistant: Recorder) -> None:
    attached, expected = CASES["a video"]
    await people.ask("/remember bo", **attached)
    assert (assistant.messages[-1].text, assistant.messages[-1].unreadable) == ("/remember bo", (expected,))


async def test_an_album_reports_the_video_beside_its_photos(people: People, assistant: Recorder) -> None:
    attached, expected = CASES["a video"]
    async with people.time.paused():
        await people.say("", **attached, media_group_id="album")
        await people.say("/remember bo", RED, media_group_id="album")
        await people.say("", GREEN, media_group_id="album")
    await people.answers()
    (message,) = assistant.messages
    assert [one.data for one in message.photos] == [RED, GREEN]
    assert (message.text, message.unreadable) == ("/remember bo", (expected,))


async def test_a_photo_of_an_album_that_cannot_be_fetched_is_reported_beside_the_others(
    people: People, assistant: Recorder
) -> None:
    people.peer.fail("getFile", Refused(400, "Bad Request: wrong file_id"))
    lost = await people.say("", RED, GREEN)
    await people.answers()
    (message,) = assistant.messages
    assert [one.data for one in message.photos] == [GREEN]
    assert message.unreadable == reported((AttachmentKind.PHOTO, f"photo-{lost['message_id']}.jpg"))


async def test_an_answered_photo_that_cannot_be_fetched_is_reported(people: People, assistant: Recorder) -> None:
    posted = people.message("", RED, GROUP, 8, {})
    people.peer.fail("getFile", Refused(400, "Bad Request: wrong file_id"))
    await people.ask("@rapport_bot who is this?", chat_id=GROUP, reply_to_message=posted)
    (message,) = assistant.messages
    assert (message.quoted, len(message.quoted_unreadable)) == ((), 1)
    assert message.quoted_unreadable[0].kind is AttachmentKind.PHOTO


async def test_another_chats_photo_is_fetched_where_telegram_hands_it_over_and_reported_where_not(
    people: People, assistant: Recorder
) -> None:
    origin = {"type": "user", "date": 1, "sender_user": BOT}
    other = {"origin": origin, "chat": chat(-6), "message_id": 3, "photo": [people.upload(RED)]}
    await people.ask("who is this?", external_reply=other)
    people.peer.fail("getFile", Refused(400, "Bad Request: wrong file_id"))
    await people.ask("who is this?", external_reply=other)
    video = {"origin": origin, "chat": chat(-6), "message_id": 3, **CASES["a video"][0]}
    await people.ask("who is this?", external_reply=video)
    fetched, lost, watched = assistant.messages
    assert ([one.data for one in fetched.quoted], fetched.quoted_unreadable) == ([RED], ())
    assert (lost.quoted, lost.quoted_unreadable) == ((), reported((AttachmentKind.PHOTO, "photo-3.jpg")))
    assert watched.quoted_unreadable == (CASES["a video"][1],)


async def test_a_file_for_import_is_fetched_and_not_unreadable(people: People, assistant: Recorder) -> None:
    archive = people.upload(b"PK", mime_type="application/zip", file_name="rapport.zip")
    posted = await people.say("", chat_id=GROUP, document=archive)
    await people.ask("/import", document=archive)
    await people.ask("/import", chat_id=GROUP, reply_to_message=posted)
    _, own, answered = assistant.messages

    def brought(message: Message) -> tuple[list[bytes], int]:
        return [one.data for one in message.files], len(message.unreadable + message.quoted_unreadable)

    assert brought(own) == ([b"PK"], 0)
    assert brought(answered) == ([b"PK"], 0)


async def test_in_a_group_what_is_not_for_the_bot_is_reported_and_stays_unanswered(
    people: People, assistant: Recorder
) -> None:
    await people.say("", chat_id=GROUP, **CASES["a sticker"][0])
    await people.ask("/list", chat_id=GROUP)
    sticker, _ = assistant.messages
    assert (sticker.addressed, sticker.unreadable) == (False, (CASES["a sticker"][1],))
    assert len(people.peer.sent(GROUP)) == 3


async def test_what_no_person_attached_is_no_message(people: People, assistant: Recorder) -> None:
    await people.say("", chat_id=GROUP, new_chat_title="Pets")
    await people.ask("/list", chat_id=GROUP)
    assert [one.text for one in assistant.messages] == ["/list"]
