"""A chat in the terminal: messages are typed, photos named by `@path`, buttons pressed by their numbers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from core.errors import RapportError, UserError
from core.messages import Attachment, Button, Chat, Message, Photo, Reply, Sender, Unreadable
from core.platforms.attachments import read_attachment
from core.platforms.output_folder import OutputFolder
from core.platforms.status import Chatbot
from core.platforms.waiting import in_daemon_thread

_PATH = re.compile(r"""(?:^|(?<=\s))@(?:"(?P<quoted>[^"]+)"|'(?P<single>[^']+)'|(?P<bare>(?:\\.|\S)+))""")
_HINT = "Write to me; put photos in with @path, as in: /remember bo @~/pictures/bo.jpg. Ctrl-D ends."


class TerminalChat:
    """One person's chat on one terminal. `ask` reads a line and raises EOFError at the end."""

    def __init__(
        self,
        assistant: Chatbot,
        *,
        console: Console,
        ask: Callable[[], str],
        chat: str = "console",
        pictures: Path | None = None,
    ) -> None:
        self._assistant, self._console, self._ask = assistant, console, ask
        self._chat = Chat("console", chat, private=True)
        self._folder = OutputFolder(pictures)
        self._buttons: tuple[Button, ...] = ()
        self._numbers = count(1)

    async def run(self) -> None:
        """Talk until the person ends it."""
        self._console.print(Text(_HINT, style="dim"))
        while True:
            try:
                line = (await in_daemon_thread(self._ask)).strip()
            except (EOFError, KeyboardInterrupt):
                return
            if not line:
                continue
            try:
                message, final = await asyncio.to_thread(self._message, line), Reply("")
                with Live(Text("…", style="dim"), console=self._console, transient=True) as live:
                    async for final in self._assistant.answer(message):
                        live.update(Text(final.text))
                self._buttons = final.buttons
                await asyncio.to_thread(self._show, final)
            except RapportError as error:
                self._console.print(Text(str(error), style="red"))

    def _message(self, line: str) -> Message:
        """The line as a message; reads its files. Raises `UserError` for a file or a button that isn't there."""
        text, found = line, []
        if number := re.fullmatch(r"\[?(\d{1,2})\]?", line):
            if not 1 <= int(number[1]) <= len(self._buttons):
                raise UserError(f"There is no button [{number[1]}] here now.")
            text = self._buttons[int(number[1]) - 1].value
        elif paths := list(_PATH.finditer(line)):
            text = " ".join(_PATH.sub("", line).split())
            found = [_read(match) for match in paths]
        return Message(
            chat=self._chat,
            sender=Sender("owner", "you", admin=True),
            text=text,
            photos=tuple(one for one in found if isinstance(one, Photo)),
            files=tuple(one for one in found if isinstance(one, Attachment)),
            unreadable=tuple(one for one in found if isinstance(one, Unreadable)),
            id=str(next(self._numbers)),
            pressed=number is not None,
        )

    def _show(self, reply: Reply) -> None:
        """Print the final reply: its cards as a table or its text, the paths of its files, and its buttons."""
        if any(card.photos is not None for card in reply.cards):
            table = Table("name", "what I know", box=None, header_style="dim")
            for card in reply.cards:
                table.add_row(Text(card.title, style="bold"), Text(card.text))
            self._console.print(table)
        else:
            self._console.print(Text(reply.text))
        if reply.image:
            self._console.print(Text(f"Picture: {self._folder.write('-picture.jpg', reply.image)}", style="dim"))
        for attachment in reply.attachments:
            path = self._folder.write(f"-{Path(attachment.name).name}", attachment.data)
            self._console.print(Text(f"File: {path}", style="dim"))
        for number, button in enumerate(reply.buttons, 1):
            self._console.print(Text(f"  [{number}] {button.label}", style="cyan"))


def _read(match: re.Match[str]) -> Photo | Attachment | Unreadable:
    """The file of an `@path`. Raises `UserError` when it can't be read."""
    unescaped = re.sub(r"\\(.)", r"\1", match["bare"] or "")
    path = Path(match["quoted"] or match["single"] or unescaped).expanduser()
    try:
        return read_attachment(path.read_bytes(), path.name)
    except OSError as error:
        raise UserError(f"I can't read {path}: {error.strerror or 'no such file'}.") from error
