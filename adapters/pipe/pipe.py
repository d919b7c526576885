"""JSON Lines in, JSON Lines out: for scripts, and for bridges to platforms that Rapport doesn't speak.

    {"id": "1", "chat": "home", "sender": "u1", "text": "/remember bo", "photos": ["a.jpg"]}
    {"id": "1", "text": "…", "image": null, "buttons": [], "sightings": []}

One line out for each line in, in the order of the lines in. Messages of different chats are answered
side by side; within a chat a message waits for the one before.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import structlog

from adapters.pipe.lines import LONGEST_LINE, Line, line_out, refusal_row, reply_row
from core.assistant.commands import COMMANDS
from core.chores import Chores
from core.concepts import Known
from core.errors import SHUTTING_DOWN, PlatformError, UserError
from core.messages import Chat, Reply
from core.platforms.background import until_one_ends
from core.platforms.local_files import read_line
from core.platforms.order import ChatOrder
from core.platforms.output_folder import OutputFolder, basis_of
from core.platforms.sentences import told, translator_for
from core.platforms.status import Remembering
from core.platforms.waiting import in_daemon_thread

_log = structlog.get_logger(__name__)
Rows = asyncio.Queue[dict[str, Any] | Line | None]  # what goes out for one line; itself where cut off; None ends it
_AHEAD = 64  # lines read before the oldest is answered: enough to fill batches, little enough to stop soon
_LET_GO_SECONDS = 1.0  # in which files go that show what was forgotten by another way than a line
_QUIET = 0.2  # seconds without a line, after which there is none that came before we were to stop
_MOST_TOLD = 1 << 20  # characters that are read after `stop`: more than a pipe holds, and some sources never end
_GRACE = 2.0  # seconds in which somebody must have taken one more line out, when we are to stop
_EMPTY = " \t\r\n\ufeff"  # what a line may hold and still be none; the last is the mark that some files begin with


class Pipe:
    """Reads lines from `source`, writes lines to `sink`.

    `pictures` is the folder for annotated photos and exports; made on first use under the system's temporary folder
    when None. What shows somebody who is forgotten is removed from it, and all that was written at the end. Paths in a
    line are taken from the working folder. After `stop`, what is under way may take `stop_seconds`.
    """

    def __init__(
        self,
        assistant: Remembering,
        *,
        source: TextIO = sys.stdin,
        sink: TextIO = sys.stdout,
        drafts: bool = False,
        pictures: Path | None = None,
        largest_file: int = 20_000_000,
        stop_seconds: float = 20,
        chores: Chores | None = None,
    ) -> None:
        self._chores = chores or Chores()
        self._assistant, self._source, self._sink = assistant, source, sink
        self._drafts, self._folder, self._largest = drafts, OutputFolder(pictures), largest_file
        self._stopping, self._stop_seconds = asyncio.Event(), stop_seconds
        self._left, self._written = _MOST_TOLD, 0

    async def run(self) -> None:
        """Serve until the source ends or `stop` is called and finish what is under way, or until nobody reads.

        Raises `PlatformError` when the source can't be read or the sink can't be written to.
        """
        lines: asyncio.Queue[Rows | None] = asyncio.Queue(_AHEAD)
        order, failure = ChatOrder(), ""
        try:
            letting_go = self._chores.beside("let pictures of the forgotten go", self._let_go, every=_LET_GO_SECONDS)
            async with letting_go, asyncio.TaskGroup() as group:
                writing = group.create_task(self._write(lines))
                reading = group.create_task(self._read(lines, order))
                # At the source's end, however long it takes; but not when we are to stop.
                await until_one_ends(asyncio.wait([writing]), self._stopping.wait())
                await asyncio.wait([writing], timeout=self._stop_seconds)
                if not writing.done():
                    await order.drain(0)
                    before = -1
                    while not writing.done() and self._written > before:  # as long as somebody takes it
                        before = self._written
                        await asyncio.wait([writing], timeout=_GRACE)
                    writing.cancel()
                reading.cancel()
        except* BrokenPipeError:
            _log.info("pipe.closed")
        except* (OSError, UnicodeError) as errors:
            failure = str(errors.exceptions[0].args[-1])
        finally:
            await order.drain(0)
            await asyncio.to_thread(self._folder.close)
        if failure:
            raise PlatformError(f"Lines can't be read or written any more: {failure}.")

    def stop(self) -> None:
        """Answer no more lines; `run` returns once those before are answered within the limit, or told why not."""
        self._stopping.set()

    async def _read(self, lines: asyncio.Queue[Rows | None], order: ChatOrder) -> None:
        """Have the source's lines answered, each chat's in order, until there are no more; then end `lines`.

        Those that were there already when `stop` was called are read, too, and told that they aren't answered.
        """
        while text := await self._next_line():
            text = text.strip(_EMPTY)
            if not text:
                continue
            rows: Rows = asyncio.Queue()
            await lines.put(rows)
            try:
                line = Line.read(text)
            except UserError as error:
                rows.put_nowait(refusal_row(text, error))
                rows.put_nowait(None)
                continue
            if self._stopping.is_set():
                _end(line, rows)
                continue
            answer, at_once = partial(self._answer, line, rows), COMMANDS.is_at_once(line.said)
            job = order.submit(line.chat, answer, at_once=at_once)
            job.add_done_callback(partial(_end, line, rows))
        await lines.put(None)

    async def _next_line(self) -> str:
        """The source's next line; "" at its end, and when we are to stop and no line has been waiting."""
        reading = asyncio.create_task(in_daemon_thread(partial(read_line, self._source, LONGEST_LINE)))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([reading, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                await asyncio.wait([reading], timeout=_QUIET)
            text = reading.result() if reading.done() and self._left > 0 else ""
            if self._stopping.is_set():
                self._left -= len(text)
            return text
        finally:
            stopping.cancel()
            reading.cancel()

    async def _answer(self, line: Line, rows: Rows) -> None:
        """Put the rows for one line: drafts when they are asked for, then the final reply or an error."""
        try:
            message = await asyncio.to_thread(line.message, self._largest)
            before = await self._assistant.known(message.chat)
            async for reply in self._assistant.answer(message):
                if reply.final or self._drafts:
                    row = await self._row(line, message.chat, reply, before)
                    rows.put_nowait({**row, "final": reply.final} if self._drafts else row)
        except Exception as error:  # noqa: BLE001 - the platform's edge: one line's failure is not the next's
            rows.put_nowait({"id": line.id, "error": await told(self._assistant, line.outline, error, "pipe.failed")})

    async def _row(self, line: Line, chat: Chat, reply: Reply, before: Known) -> dict[str, Any]:
        """The row for a reply, once the files are gone that show what was forgotten before it."""
        now = await self._assistant.known(chat)
        basis = basis_of(reply, before, now)

        def make() -> dict[str, Any]:
            row = reply_row(line.id, reply, partial(self._folder.write, chat=chat.key, basis=basis))
            self._folder.let_go(chat.key, now)
            return row

        return await asyncio.to_thread(make)

    async def _let_go(self) -> None:
        """Remove the files that show what was forgotten by another way than a line."""
        for chat in self._folder.chats:
            now = await self._assistant.known(Chat.of(chat))
            await asyncio.to_thread(self._folder.let_go, chat, now)

    async def _write(self, lines: asyncio.Queue[Rows | None]) -> None:
        """Write line by line in order; the line at the head is written as it grows."""

        def write(row: dict[str, Any]) -> None:
            self._sink.write(line_out(row))
            self._sink.flush()

        while (rows := await lines.get()) is not None:
            while (row := await rows.get()) is not None:
                if isinstance(row, Line):
                    translator = await translator_for(self._assistant, row.outline)
                    row = {"id": row.id, "error": translator.gettext(SHUTTING_DOWN)}
                self._written += 1
                await in_daemon_thread(partial(write, row))  # blocks while whoever reads our lines is slow


def _end(line: Line, rows: Rows, job: asyncio.Task[None] | None = None) -> None:
    """End the rows of a line whose answer is over, was cut off, or was not begun (no `job`)."""
    if job is None or job.cancelled():
        rows.put_nowait(line)
    rows.put_nowait(None)
