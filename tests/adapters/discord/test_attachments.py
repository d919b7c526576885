"""Everything attached to Discord's messages is reported to the assistant, whether it can be looked at or not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from simcord.backend.models import MessageSticker, Poll, PollAnswer

from core.messages import AttachmentKind
from core.options import MessageLimits
from tests.support.peers.discord import GREEN, RED, Peer, core_on, discord_peer, last
from tests.support.recorder import Recorder, reported

FILES = {
    "voice-message.ogg": AttachmentKind.AUDIO,
    "song.mp3": AttachmentKind.AUDIO,
    "bill.pdf": AttachmentKind.FILE,
    "rapport.zip": AttachmentKind.FILE,
}
STICKER = MessageSticker(id=77, name="wave", format_type=1, guild_id=1)
POLL = Poll("cats or dogs?", [PollAnswer(1, "dogs")], "2030-01-01T00:00:00+00:00")


@pytest.fixture
def assistant() -> Recorder:
    return Recorder()


@pytest.fixture
async def peer(tmp_path: Path, assistant: Recorder) -> AsyncIterator[Peer]:
    async with core_on(tmp_path) as running, discord_peer(running, assistant=assistant, message_content=True) as peer:
        yield peer


async def test_files_that_are_no_photos_are_reported_with_kind_and_name(peer: Peer, assistant: Recorder) -> None:
    ann, pets = peer.room()
    for name, kind in FILES.items():
        await ann.send(pets, peer.mention, attachments=[(name, b"0")])
        message = assistant.messages[-1]
        assert (message.unreadable, message.photos, message.files) == (reported((kind, name)), (), ())
        assert last(pets).content == "ok"


async def test_a_video_is_fetched_as_photos_are_where_it_is_for_the_bot(peer: Peer, assistant: Recorder) -> None:
    ann, pets = peer.room()
    sent = [("a.png", RED), ("bo.mp4", b"0"), ("b.heic", GREEN), ("A.MOV", b"1")]
    await ann.send(pets, peer.mention, attachments=sent)
    await ann.send(pets, "look!", attachments=sent)
    asked, talk = assistant.messages
    assert [one.data for one in asked.photos] == [RED, b"0", GREEN]  # A.MOV is the film of a.png
    assert asked.unreadable == ()
    assert [one.data for one in talk.photos] == [RED, GREEN]
    assert [one.kind for one in talk.unreadable] == [AttachmentKind.VIDEO] * 2


async def test_a_private_sticker_or_poll_alone_reaches_the_assistant(peer: Peer, assistant: Recorder) -> None:
    ann = peer.env.create_user("ann")
    await ann.send_dm("hello")
    peer.env.backend.create_message(ann.dm_channel.id, ann.id, "", stickers=[STICKER])
    await peer.env.settle()
    peer.env.backend.create_message(ann.dm_channel.id, ann.id, "", poll=POLL)
    await peer.env.settle()
    _, sticker, poll = assistant.messages
    assert sticker.unreadable == reported((AttachmentKind.STICKER, "wave"))
    assert poll.unreadable == reported((AttachmentKind.OTHER, ""))
    assert last(ann.dm_channel).content == "ok"


async def test_what_the_answered_message_brings_is_reported_too(peer: Peer, assistant: Recorder) -> None:
    ann, pets = peer.room()
    posted = await ann.send(pets, "look!", attachments=[("bo.mp4", b"0"), ("a.png", RED)])
    await ann.send(pets, f"{peer.mention} who is this?", reply_to=posted)
    message = assistant.messages[-1]
    assert [one.data for one in message.quoted] == [b"0", RED]
    assert (message.quoted_unreadable, message.unreadable) == ((), ())


async def test_a_forwarded_message_brings_its_photos_and_reports_the_rest(peer: Peer, assistant: Recorder) -> None:
    ann, pets = peer.room()
    more = peer.env.guild.create_text_channel("more")
    posted = await ann.send(pets, "look!", attachments=[("bo.mp4", b"0"), ("a.png", RED)])
    await ann.forward(posted, more)
    message = assistant.messages[-1]
    assert [one.data for one in message.photos] == [RED]
    assert message.unreadable == reported((AttachmentKind.VIDEO, "bo.mp4"))


async def test_an_answered_photo_whose_link_has_expired_is_reported(peer: Peer, assistant: Recorder) -> None:
    ann, pets = peer.room()
    posted = await ann.send(pets, "look!", attachments=[("a.png", RED)])
    peer.env.backend.cdn._blobs.clear()
    await ann.send(pets, f"{peer.mention} who is this?", reply_to=posted)
    message = assistant.messages[-1]
    assert (message.quoted, message.quoted_unreadable) == ((), reported((AttachmentKind.PHOTO, "a.png")))


async def test_one_photo_that_is_too_large_is_reported_beside_the_others(tmp_path: Path, assistant: Recorder) -> None:
    async with (
        core_on(tmp_path) as core,
        discord_peer(core, assistant=assistant, limits=MessageLimits(photo_megabytes=1)) as peer,
    ):
        ann, pets = peer.room()
        await ann.send(pets, peer.mention, attachments=[("huge.png", bytes(1_000_001)), ("a.png", RED)])
    (message,) = assistant.messages
    assert [one.data for one in message.photos] == [RED]
    assert message.unreadable == reported((AttachmentKind.PHOTO, "huge.png"))


async def test_a_video_given_to_a_command_as_the_photo_is_one(peer: Peer, assistant: Recorder) -> None:
    ann, pets = peer.room()
    await ann.slash(pets, "remember", name="bo", photo=("bo.mp4", b"0"))
    (message,) = assistant.messages
    assert ([one.name for one in message.photos], message.unreadable) == (["bo.mp4"], ())


async def test_a_zip_for_import_is_fetched_and_not_unreadable(peer: Peer, assistant: Recorder) -> None:
    ann, pets = peer.room()
    await ann.send(pets, f"{peer.mention} /import", attachments=[("rapport.zip", b"PK")])
    (message,) = assistant.messages
    assert ([one.data for one in message.files], message.unreadable) == ([b"PK"], ())
