"""The web chat's inbox over a real store: what is written down and taken up, and what a failing store can't stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.web.responder import Responder
from adapters.web.serialization import message_entry
from adapters.web.taking import arrival_of
from adapters.web.transcript import Transcript, Transcripts
from core.errors import Busy, StoreError
from core.messages import Attachment, AttachmentKind, Chat, Message, Photo, Reply, Sender, Unreadable
from core.platforms.inbox import INTERRUPTED, Inbox
from core.store.store import Store
from core.store.values import Arrival
from tests.support.fakes_web import FakeAssistant, picture
from tests.support.stores import opened

HOME = Chat("web", "home")
ANN = Sender("a", "Ann", admin=True, language="en")


class Renaming(FakeAssistant):
    """Chooses a setting of the chat in the store, and then holds on."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store, self.edited = store, asyncio.Event()

    async def answer(self, message: Message) -> AsyncIterator[Reply]:
        await self._store.set_setting(message.chat, "language", "de", message.sender)
        self.edited.set()
        await self.go.wait()
        yield Reply("Done.")


class Chatting:
    """The chat of a process that has just started: what it answers messages with, and its transcript."""

    def __init__(
        self,
        store: Store | None,
        assistant: FakeAssistant,
        inbox: Inbox | None = None,
        *,
        most: int = 16,
        revision: int = 0,
    ) -> None:
        self.assistant, self.transcripts = assistant, Transcripts(keep_entries=300, keep_bytes=1 << 20)
        assistant.revision = revision  # lines are kept of what is known in the store, too
        inbox = inbox or (Inbox(store.inbox, "web:0", 10) if store else None)
        self.responder = Responder(assistant, self.transcripts, most, 1 << 20, store, inbox=inbox)

    @property
    def transcript(self) -> Transcript:
        return self.transcripts.of("home")

    async def say(self, message: Message) -> None:
        await self.responder.submit(self.transcript, message, message_entry(message))

    async def replied(self, id: str) -> None:
        """Wait for the whole reply to a message that was put."""
        with self.transcript.subscribe() as news:
            while self.transcript.entries[f"re-{id}"].open:
                await news.changed()

    async def said(self) -> list[object]:
        """What stands in the transcript when all is answered."""
        await self.responder.drain(20)
        return [entry.body["text"] for entry in self.transcript.entries.values() if not entry.open]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path, clock=lambda: datetime.now(UTC)) as store:
        yield store


def message(id: str, text: str = "", **more: object) -> Message:
    return Message(HOME, ANN, text, id=id, **more)  # type: ignore[arg-type]  # as its fields are


async def test_all_of_a_message_but_its_photos_and_files_is_taken_up(store: Store) -> None:
    sent = message(
        "m2", "/help", reply_to="m1", pressed=True, unreadable=(Unreadable(AttachmentKind.AUDIO, "bark.mp3"),)
    )
    first = Chatting(store, FakeAssistant())
    await first.say(message("m1", "wait", photos=(Photo(picture(), "bo.jpg"),)))
    entry = message_entry(sent, about="m1", label="Help")
    await first.responder.submit(first.transcript, sent, entry)
    await first.responder.aclose()
    second = Chatting(store, FakeAssistant())
    await second.responder.take_up()
    await second.said()
    (heard,) = second.assistant.messages
    assert (heard.sender, heard.text, heard.pressed, heard.unreadable) == (ANN, "/help", True, sent.unreadable)
    assert (heard.reply_to, heard.quoted_unreadable) == ("m1", (Unreadable(AttachmentKind.PHOTO, "photo"),))
    again = second.transcript.entries["m2"]
    assert {**again.body, "files": []} == {**entry.body, "files": []}
    assert (again.about, again.unreadable) == (entry.about, entry.unreadable)


async def test_no_byte_of_a_photo_or_a_file_is_written_down(store: Store) -> None:
    chatting = Chatting(store, FakeAssistant())
    await chatting.say(message("m1", "wait", files=(Attachment("pets.zip", "application/zip", b"PK-secret"),)))
    (row,) = await store.inbox.pending("web:0")
    assert "secret" not in str(row.update)
    await chatting.responder.aclose()


async def test_what_was_refused_is_taken_when_it_comes_again(store: Store) -> None:
    chatting = Chatting(store, FakeAssistant(), most=1)
    await chatting.say(message("m1", "wait"))
    with pytest.raises(Busy):
        await chatting.say(message("m2", "hello"))
    chatting.assistant.go.set()
    while "m2" not in chatting.transcript.entries:
        try:
            await chatting.say(message("m2", "hello"))
        except Busy:
            await asyncio.sleep(0.01)
    assert await chatting.said() == ["wait", "You said: wait", "hello", "You said: hello"]


async def test_what_comes_twice_while_it_is_written_down_is_answered_once(store: Store) -> None:
    chatting = Chatting(store, FakeAssistant())
    await asyncio.gather(chatting.say(message("m1", "hello")), chatting.say(message("m1", "hello")))
    assert await chatting.said() == ["hello", "You said: hello"]
    assert len(chatting.assistant.messages) == 1
    assert await store.inbox.pending("web:0") == []


async def test_what_has_changed_the_memory_is_not_done_again(store: Store) -> None:
    first = Chatting(store, Renaming(store))
    await first.say(message("m1", "/settings language de"))
    await first.assistant.edited.wait()  # type: ignore[attr-defined]
    await first.responder.aclose()
    second = Chatting(store, FakeAssistant(), revision=(await store.state(HOME)).revision)
    await second.responder.take_up()
    assert await second.said() == ["/settings language de", INTERRUPTED]
    assert second.assistant.messages == []


async def test_an_answer_that_was_kept_is_not_made_again(store: Store) -> None:
    first = Chatting(store, FakeAssistant())
    await first.say(message("m1", "hello"))
    await first.said()
    # As if its row had not been deleted any more.
    hello = message("m1", "hello")
    await store.inbox.record("web:0", [replace(arrival_of(hello, message_entry(hello)), id="row of m1")])
    second = Chatting(store, FakeAssistant())
    await second.responder.take_up()
    assert await second.said() == ["hello", "You said: hello"]
    assert second.assistant.messages == []
    assert await store.inbox.pending("web:0") == []


async def test_what_lost_its_photo_is_sent_again_as_the_same_message_however_often_it_takes(store: Store) -> None:
    photo = Photo(picture(), "bo.jpg")
    first = Chatting(store, FakeAssistant())
    await first.say(message("m1", "wait", photos=(photo,)))
    await first.responder.aclose()
    for _ in range(2):  # the second process ends before it answers, too
        chatting = Chatting(store, FakeAssistant())
        await chatting.responder.take_up()
        await chatting.replied("m1")
        assert chatting.transcript.entries["re-m1"].body["wanting"]
        assert chatting.transcript.asking_again("m1", "a")
        assert not chatting.transcript.asking_again("m1", "somebody else")
        twice = [chatting.say(message("m1", "wait", photos=(photo,))) for _ in range(2)]
        await asyncio.gather(*twice)
        assert not chatting.transcript.asking_again("m1", "a")
        await chatting.responder.aclose()
    last = Chatting(store, FakeAssistant())
    last.assistant.go.set()
    await last.responder.take_up()
    await last.replied("m1")
    await last.say(message("m1", "wait", photos=(photo,)))
    assert await last.said() == ["wait", "I see something round on a plain ground. I don't know it yet."]
    assert len(last.assistant.messages) == 1
    assert await store.inbox.pending("web:0") == []
    assert [line.entry for line in await store.lines(HOME, 9)] == ["m1", "re-m1"]


async def test_as_many_as_were_accepted_are_taken_up_whatever_the_limit(store: Store) -> None:
    first = Chatting(store, FakeAssistant(), most=4)
    for number in range(4):
        await first.say(message(f"m{number}", "wait"))
    await first.responder.aclose()
    second = Chatting(store, FakeAssistant(), most=2)
    second.assistant.go.set()
    await second.responder.take_up()
    assert await second.said() == ["wait", "You said: wait"] * 4


class Broken:
    """An inbox's store that always fails."""

    async def record(self, bot: str, arrivals: Sequence[Arrival], process: str) -> list[int | None]:
        raise StoreError("The disk is full.")

    async def pending(self, bot: str, process: str) -> list[object]:
        raise StoreError("The disk is full.")


async def test_a_store_that_fails_leaves_the_chat_its_answers() -> None:
    chatting = Chatting(None, FakeAssistant(), Inbox(Broken(), "web:0", 10))  # type: ignore[arg-type]
    await chatting.responder.take_up()
    for _ in range(2):
        await chatting.say(message("m1", "hello"))
    assert await chatting.said() == ["hello", "You said: hello"]
    assert len(chatting.assistant.messages) == 1
