"""From a posted message to its reply in the transcript: each chat in order, chats beside each other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from adapters.web.translate import reply_entry
from core.errors import Busy, UserError
from core.executor.fair_queue import SHUTTING_DOWN
from core.messages import Reply

if TYPE_CHECKING:
    from adapters.web.options import Assistant
    from adapters.web.transcript import Entry, Transcript
    from core.messages import Message

_SHOW = 0.2  # seconds in which the windows get to see what was answered last
# These must not wait behind an answer that may be about to name whom they forget.
_HURRIED = frozenset({"/forget", "/forgetall", "/undo"})
_BROKEN = "Something went wrong on my side. Please try again; if it stays like this, the log says more."


@dataclass(frozen=True, slots=True)
class _Job:
    task: asyncio.Task[None]
    is_command: bool


class Answers:
    """Lets the assistant answer the messages of each chat one after the other.

    `most` is how many may wait in one chat; beyond that `submit` raises `Busy`.
    """

    def __init__(self, assistant: Assistant, most: int) -> None:
        self._assistant = assistant
        self._most = most
        self._jobs: dict[str, list[_Job]] = {}
        self._closed = False
        self._log = structlog.get_logger(__name__)

    def submit(self, transcript: Transcript, message: Message, entry: Entry) -> None:
        """Put the message's entry, and answer in turn. Raises `Busy` when too many wait, or after `drain`."""
        if self._closed:
            raise Busy(SHUTTING_DOWN)
        jobs = self._jobs.setdefault(transcript.chat, [])
        if len(jobs) >= self._most:
            raise Busy("There are still many messages waiting here. Give me a moment, then send it again.")
        before = [job.task for job in jobs if job.is_command or not _is_hurried(message)]
        transcript.put(entry)
        transcript.put(reply_entry(message, Reply("", final=False)))
        task = asyncio.create_task(self._run(transcript, message, before), name=f"answer {message.id}")
        job = _Job(task, message.text.startswith("/"))
        jobs.append(job)
        task.add_done_callback(lambda _: self._finish(transcript.chat, job))

    async def ask(self, message: Message) -> Reply:
        """The final reply to a message that stays out of the conversation. Raises `UserError`."""
        final = Reply("")
        try:
            async for reply in self._assistant.answer(message):
                final = reply
        except UserError:
            raise
        except Exception as error:  # the platform's edge, as in `_run`
            self._log.exception("answer failed", chat=message.chat.id)
            raise UserError(_BROKEN) from error
        return final

    async def drain(self, seconds: float) -> None:
        """Take no more messages, and give those under way so many seconds."""
        self._closed = True
        if tasks := self._tasks():
            await asyncio.wait(tasks, timeout=seconds)
            await asyncio.sleep(_SHOW)

    async def aclose(self) -> None:
        """Stop answering."""
        self._closed = True
        tasks = self._tasks()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [job.task for jobs in self._jobs.values() for job in jobs]

    def _finish(self, chat: str, job: _Job) -> None:
        self._jobs[chat].remove(job)
        if not self._jobs[chat]:
            del self._jobs[chat]

    async def _run(self, transcript: Transcript, message: Message, before: list[asyncio.Task[None]]) -> None:
        if before:
            await asyncio.wait(before)
        try:
            await self._answer(transcript, message)
        except UserError as error:
            transcript.put(reply_entry(message, Reply(str(error)), failed=True))
        except Exception:  # noqa: BLE001 - the platform's edge: whatever broke, the chat gets an answer
            self._log.exception("answer failed", chat=transcript.chat)
            transcript.put(reply_entry(message, Reply(_BROKEN), failed=True))

    async def _answer(self, transcript: Transcript, message: Message) -> None:
        last = Reply("", final=False)
        async for last in self._assistant.answer(message):
            transcript.put(reply_entry(message, last))
        if not last.final:
            raise RuntimeError("the assistant ended without a final reply")


def _is_hurried(message: Message) -> bool:
    words = message.text.split(maxsplit=1)
    return bool(words) and words[0].casefold() in _HURRIED
