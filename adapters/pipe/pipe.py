"""JSON Lines in, JSON Lines out: for scripts, and for bridges to platforms that Rapport doesn't speak.

    {"id": "1", "chat": "home", "sender": "u1", "text": "/remember bo", "photos": ["a.jpg"]}
    {"id": "1", "text": "…", "image": null, "buttons": [], "sightings": []}

One line out for each line in, in the order of the lines in. Messages of different chats are answered
side by side; within a chat a message waits for the one before.
"""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import structlog

from adapters.pipe.lines import Line, refusal_row, reply_row
from core.errors import RapportError, UserError
from core.platforms.order import ChatOrder
from core.platforms.output_folder import OutputFolder
from core.platforms.status import Chatbot
from core.platforms.waiting import in_daemon_thread

_log = structlog.get_logger(__name__)
Rows = asyncio.Queue[dict[str, Any] | None]  # what goes out for one line; None ends it
_AHEAD = 64  # lines read before the oldest is answered: enough to fill batches, little enough to stop soon


class Pipe:
    """Reads lines from `source`, writes lines to `sink`.

    `pictures` is the folder for annotated photos and exports; made on first use under the system's
    temporary folder when None. Paths in a line are taken from the working folder.
    """

    def __init__(
        self,
        assistant: Chatbot,
        *,
        source: TextIO = sys.stdin,
        sink: TextIO = sys.stdout,
        drafts: bool = False,
        pictures: Path | None = None,
        largest_file: int = 20_000_000,
    ) -> None:
        self._assistant, self._source, self._sink = assistant, source, sink
        self._drafts, self._folder, self._largest = drafts, OutputFolder(pictures), largest_file

    async def run(self) -> None:
        """Serve until the source ends and finish what is under way, or until nobody reads the answers."""
        lines: asyncio.Queue[Rows | None] = asyncio.Queue(_AHEAD)
        order = ChatOrder()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(lines))
                while text := await in_daemon_thread(self._source.readline):
                    if not text.strip():
                        continue
                    rows: Rows = asyncio.Queue()
                    try:
                        line = Line.read(text)
                        order.submit(line.chat, partial(self._answer, line, rows))
                    except UserError as error:
                        rows.put_nowait(refusal_row(text, error))
                        rows.put_nowait(None)
                    await lines.put(rows)
                await lines.put(None)
        except* BrokenPipeError:
            _log.info("pipe.closed")
        finally:
            await order.drain(0)

    async def _answer(self, line: Line, rows: Rows) -> None:
        """Put the rows for one line: drafts when they are asked for, then the final reply or an error."""
        try:
            message = await asyncio.to_thread(line.message, self._largest)
            async for reply in self._assistant.answer(message):
                if reply.final or self._drafts:
                    row = await asyncio.to_thread(reply_row, line.id, reply, self._folder)
                    rows.put_nowait({**row, "final": reply.final} if self._drafts else row)
        except RapportError as error:
            rows.put_nowait({"id": line.id, "error": str(error)})
        except Exception as error:  # noqa: BLE001 - the platform's edge: one line's failure is not the next's
            _log.error("pipe.failed", error=type(error).__name__)
            rows.put_nowait({"id": line.id, "error": f"Something went wrong inside ({type(error).__name__})."})
        rows.put_nowait(None)

    async def _write(self, lines: asyncio.Queue[Rows | None]) -> None:
        """Write line by line in order; the line at the head is written as it grows."""

        def write(row: dict[str, Any]) -> None:
            self._sink.write(f"{json.dumps(row, ensure_ascii=False)}\n")
            self._sink.flush()

        while (rows := await lines.get()) is not None:
            while (row := await rows.get()) is not None:
                await in_daemon_thread(partial(write, row))  # blocks while whoever reads our lines is slow
