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
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Protocol, TextIO

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import RapportError, UserError
from core.images.contact_sheet import picture_of
from core.messages import Attachment, Chat, Message, Photo, Reply, Sender
from core.platforms.order import ChatOrder
from core.platforms.waiting import patiently

_log = structlog.get_logger(__name__)
_LONGEST_LINE = 1 << 20
Rows = asyncio.Queue[dict[str, Any] | None]  # what goes out for one line; None ends it
_AHEAD = 64  # lines read before the oldest is answered: enough to fill batches, little enough to stop soon


class Assistant(Protocol):
    """What the pipe talks to."""

    def answer(self, message: Message) -> AsyncIterator[Reply]:
        """Drafts, then one final reply."""
        ...


class Line(BaseModel):
    """One line in. Unknown keys are refused, so that a typo is not silently ignored."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    id: str | None = None
    chat: str = "pipe"
    thread: str = ""
    sender: str = "someone"
    sender_name: str = ""
    language: str = ""
    admin: bool = False
    text: str = ""
    photos: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    reply_to: str | None = None
    button: str | None = None
    addressed: bool = True


class Pipe:
    """Reads lines from `source`, writes lines to `sink`.

    `pictures` is the folder for annotated photos and exports; made on first use under the system's
    temporary folder when None. Paths in a line are taken from the working folder.
    """

    def __init__(
        self,
        assistant: Assistant,
        *,
        source: TextIO = sys.stdin,
        sink: TextIO = sys.stdout,
        drafts: bool = False,
        pictures: Path | None = None,
        largest_file: int = 20_000_000,
    ) -> None:
        self._assistant, self._source, self._sink = assistant, source, sink
        self._drafts, self._pictures, self._largest = drafts, pictures, largest_file
        self._written = 0

    async def run(self) -> None:
        """Serve until the source ends and finish what is under way, or until nobody reads the answers."""
        try:
            await self._run()
        except* BrokenPipeError:
            _log.info("pipe.closed")

    async def _run(self) -> None:
        lines: asyncio.Queue[Rows | None] = asyncio.Queue(_AHEAD)
        order = ChatOrder()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(lines))
                while text := await patiently(self._source.readline):
                    if text.strip():
                        rows: Rows = asyncio.Queue()
                        self._begin(order, text, rows)
                        await lines.put(rows)
                await lines.put(None)
        finally:
            await order.drain(0)

    def _begin(self, order: ChatOrder, text: str, rows: Rows) -> None:
        """Start answering one line, behind the line before it in the same chat."""
        try:
            line = _read(text)
        except UserError as error:
            rows.put_nowait({"id": _id_of(text), "error": str(error)})
            rows.put_nowait(None)
            return
        order.submit(line.chat, partial(self._serve, line, rows))

    async def _serve(self, line: Line, rows: Rows) -> None:
        try:
            message = await asyncio.to_thread(self._message, line)
            async for reply in self._assistant.answer(message):
                if reply.final or self._drafts:
                    rows.put_nowait(await asyncio.to_thread(self._row, line, reply))
        except RapportError as error:
            rows.put_nowait({"id": line.id, "error": str(error)})
        except Exception as error:  # noqa: BLE001 - the platform's edge: one line's failure is not the next's
            _log.error("pipe.failed", error=type(error).__name__)
            rows.put_nowait({"id": line.id, "error": f"Something went wrong inside ({type(error).__name__})."})
        rows.put_nowait(None)

    async def _write(self, lines: asyncio.Queue[Rows | None]) -> None:
        """Write line by line in order; the line at the head is written as it grows."""
        while (rows := await lines.get()) is not None:
            while (row := await rows.get()) is not None:
                await patiently(partial(self._put, json.dumps(row, ensure_ascii=False)))

    def _put(self, line: str) -> None:
        """Blocks while whoever reads our lines is slow."""
        self._sink.write(f"{line}\n")
        self._sink.flush()

    def _message(self, line: Line) -> Message:
        """The line as a message; reads its files, so it belongs on a thread."""
        return Message(
            chat=Chat("pipe", line.chat, line.thread),
            sender=Sender(line.sender, line.sender_name or line.sender, line.admin, line.language),
            text=line.button if line.button is not None else line.text,
            photos=tuple(Photo(self._load(path), path.name) for path in line.photos),
            files=tuple(Attachment(path.name, "application/octet-stream", self._load(path)) for path in line.files),
            id=line.id or "",
            reply_to=line.reply_to,
            addressed=line.addressed,
            pressed=line.button is not None,
        )

    def _load(self, path: Path) -> bytes:
        try:
            if path.stat().st_size > self._largest:
                megabytes = self._largest / 1e6
                raise UserError(f"{path.name} is too large: {megabytes:.0f} MB is the most I take.")
            return path.read_bytes()
        except OSError as error:
            raise UserError(f"I can't read {path}: {error.strerror or 'no such file'}.") from error

    def _row(self, line: Line, reply: Reply) -> dict[str, Any]:
        """The reply as a line out; writes its pictures, so it belongs on a thread."""
        picture = picture_of(reply)
        row: dict[str, Any] = {
            "id": line.id,
            "text": reply.text,
            "image": self._save("jpg", picture) if picture else None,
            "buttons": [{"label": button.label, "value": button.value} for button in reply.buttons],
            "sightings": [
                {
                    "name": seen.match.name if seen.match else None,
                    "grade": str(seen.grade),
                    "score": round(float(seen.score), 4),
                    "box": list(seen.region.box),
                    "category": seen.region.category,
                }
                for seen in reply.sightings
            ],
        }
        if reply.cards:
            row["cards"] = [{"title": card.title, "text": card.text} for card in reply.cards]
        if reply.attachments:
            row["files"] = [self._save(Path(one.name).suffix[1:], one.data) for one in reply.attachments]
        if self._drafts:
            row["final"] = reply.final
        return row

    def _save(self, suffix: str, data: bytes) -> str:
        try:
            if self._pictures is None:
                self._pictures = Path(mkdtemp(prefix="rapport-"))
            self._pictures.mkdir(parents=True, exist_ok=True)
            self._written += 1
            path = self._pictures / f"{self._written:06}.{suffix}"
            path.write_bytes(data)
        except OSError as error:
            raise UserError(f"I can't write the picture to {self._pictures}: {error.strerror}.") from error
        return str(path)


def _read(text: str) -> Line:
    if len(text) > _LONGEST_LINE:
        raise UserError("That line is too long: photos go in by path, not by content.")
    try:
        return Line.model_validate_json(text.encode())
    except UnicodeEncodeError as error:
        raise UserError("I can't read that line: it isn't UTF-8.") from error
    except ValidationError as error:
        raise UserError(f"I can't read that line: {_fault(error)}.") from error


def _fault(error: ValidationError) -> str:
    """The first thing that is wrong with a line."""
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{key} is no key that I know"
    return f"{key}: {fault['msg']}" if key else str(fault["msg"])


def _id_of(text: str) -> str | None:
    """The id of a line that can't be served, as far as it can be made out."""
    try:
        row = json.loads(text)
    except ValueError:
        return None
    return str(row["id"]) if isinstance(row, dict) and row.get("id") is not None else None
