"""A chat in the terminal: type a message, name photos by `@path`, press buttons by their numbers."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from core.errors import RapportError, UserError
from core.messages import Attachment, Button, Chat, Message, Photo, Reply, Sender
from core.platforms.waiting import patiently

_PATH = re.compile(r"""(?:^|(?<=\s))@(?:"(?P<quoted>[^"]+)"|'(?P<single>[^']+)'|(?P<bare>(?:\\.|\S)+))""")
_HINT = "Write to me; put photos in with @path, as in: /remember bo @~/pictures/bo.jpg. Ctrl-D ends."


class Assistant(Protocol):
    """What the console talks to."""

    def answer(self, message: Message) -> AsyncIterator[Reply]:
        """Drafts, then one final reply."""
        ...


class TerminalChat:
    """One person's chat on one terminal. `ask` reads a line and raises EOFError at the end."""

    def __init__(
        self,
        assistant: Assistant,
        *,
        console: Console,
        ask: Callable[[], str],
        chat: str = "console",
        pictures: Path | None = None,
    ) -> None:
        self._assistant, self._console, self._ask = assistant, console, ask
        self._chat = Chat("console", chat, private=True)
        self._pictures = pictures
        self._buttons: tuple[Button, ...] = ()
        self._numbers = count(1)

    async def run(self) -> None:
        """Talk until the person ends it."""
        self._console.print(Text(_HINT, style="dim"))
        while True:
            try:
                line = await patiently(self._ask)
            except (EOFError, KeyboardInterrupt):
                return
            if line.strip():
                await self._turn(line.strip())

    async def _turn(self, line: str) -> None:
        try:
            message = await asyncio.to_thread(self._message, line)
            reply = await self._listen(message)
            self._buttons = reply.buttons
            await asyncio.to_thread(self._show, reply)
        except RapportError as error:
            self._console.print(Text(str(error), style="red"))

    async def _listen(self, message: Message) -> Reply:
        """Show the answer as it grows; returns the final reply."""
        final = Reply("")
        with Live(Text("…", style="dim"), console=self._console, transient=True) as live:
            async for reply in self._assistant.answer(message):
                live.update(Text(reply.text))
                final = reply
        return final

    def _message(self, line: str) -> Message:
        pressed = self._pressed(line)
        if pressed is not None:
            return self._said(pressed.value, (), (), pressed=True)
        paths = [Path(_path(match)).expanduser() for match in _PATH.finditer(line)]
        text = " ".join(_PATH.sub("", line).split()) if paths else line
        zips = tuple(path for path in paths if path.suffix.lower() == ".zip")
        photos = tuple(Photo(_load(path), path.name) for path in paths if path not in zips)
        files = tuple(Attachment(path.name, "application/zip", _load(path)) for path in zips)
        return self._said(text, photos, files, pressed=False)

    def _said(self, text: str, photos: tuple[Photo, ...], files: tuple[Attachment, ...], *, pressed: bool) -> Message:
        return Message(
            chat=self._chat,
            sender=Sender("owner", "you", admin=True),
            text=text,
            photos=photos,
            files=files,
            id=str(next(self._numbers)),
            pressed=pressed,
        )

    def _pressed(self, line: str) -> Button | None:
        number = re.fullmatch(r"\[?(\d{1,2})\]?", line)
        if number is None:
            return None
        if not 1 <= int(number[1]) <= len(self._buttons):
            raise UserError(f"There is no button [{number[1]}] here now.")
        return self._buttons[int(number[1]) - 1]

    def _show(self, reply: Reply) -> None:
        if any(card.photos is not None for card in reply.cards):
            self._console.print(_gallery(reply))
        else:
            self._console.print(Text(reply.text))
        if reply.image:
            self._console.print(Text(f"Picture: {self._save('picture.jpg', reply.image)}", style="dim"))
        for attachment in reply.attachments:
            self._console.print(Text(f"File: {self._save(attachment.name, attachment.data)}", style="dim"))
        for number, button in enumerate(reply.buttons, 1):
            self._console.print(Text(f"  [{number}] {button.label}", style="cyan"))

    def _save(self, name: str, data: bytes) -> Path:
        try:
            if self._pictures is None:
                self._pictures = Path(mkdtemp(prefix="rapport-"))
            path = self._pictures / f"{next(self._numbers):04}-{Path(name).name}"
            path.write_bytes(data)
        except OSError as error:
            raise UserError(f"I can't write the picture to {self._pictures}: {error.strerror}.") from error
        return path


def _path(match: re.Match[str]) -> str:
    bare = match["bare"]
    return match["quoted"] or match["single"] or "".join(shlex.split(bare) or [bare])


def _load(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"I can't read {path}: {error.strerror or 'no such file'}.") from error


def _gallery(reply: Reply) -> Table:
    table = Table("name", "what I know", box=None, header_style="dim")
    for card in reply.cards:
        table.add_row(Text(card.title, style="bold"), Text(card.text))
    return table
