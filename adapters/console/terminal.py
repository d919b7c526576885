"""A chat in the terminal: messages are typed, photos named by `@path`, buttons pressed by their numbers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from core.chores import Chores
from core.errors import UserError
from core.messages import Attachment, Button, Chat, Message, Photo, Reply, Sender, Unreadable, with_usual_signs
from core.platforms.local_files import read_files
from core.platforms.output_folder import OutputFolder, basis_of
from core.platforms.sentences import numbered, told
from core.platforms.status import Remembering
from core.platforms.waiting import in_daemon_thread

LONGEST_LINE = 1 << 16  # characters
_LET_GO_SECONDS = 1.0  # in which files go that show what was forgotten elsewhere
_PATH = re.compile(r"""(?:^|(?<=\s))@(?:"(?P<quoted>[^"]+)"|'(?P<single>[^']+)'|(?P<bare>(?:\\.|\S)+))""")
_HINT = (
    "Write to me; put photos in with @path, as in: /remember bo @~/pictures/bo.jpg. Ctrl-D ends, and then I remove the "
    "pictures and exports that I wrote for you."
)
# What a terminal obeys instead of showing it, and halves of characters, which can't be written.
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class TerminalChat:
    """One person's chat on one terminal. `ask` reads a line and raises EOFError at the end.

    Files of more than `largest_file` bytes are refused. After `stop`, an answer that is under way may take
    `stop_seconds`.
    """

    def __init__(
        self,
        assistant: Remembering,
        *,
        console: Console,
        ask: Callable[[], str],
        chat: str = "console",
        pictures: Path | None = None,
        largest_file: int = 20_000_000,
        stop_seconds: float = 20,
        chores: Chores | None = None,
    ) -> None:
        self._chores = chores or Chores()
        self._assistant, self._console, self._ask = assistant, console, ask
        self._chat = Chat("console", chat, private=True)
        self._folder, self._largest = OutputFolder(pictures), largest_file
        self._buttons: tuple[Button, ...] = ()
        self._numbers = count(1)
        self._stopping, self._stop_seconds, self._answering = asyncio.Event(), stop_seconds, False

    async def run(self) -> None:
        """Talk until the person ends it, or `stop` is called and what is under way is answered."""
        talking, stopping = asyncio.create_task(self._talk()), asyncio.create_task(self._stopping.wait())
        try:
            async with self._chores.beside("let pictures of the forgotten go", self._let_go, every=_LET_GO_SECONDS):
                await asyncio.wait([talking, stopping], return_when=asyncio.FIRST_COMPLETED)
                if self._answering:
                    await asyncio.wait([talking], timeout=self._stop_seconds)
        finally:
            talking.cancel()
            stopping.cancel()
            await asyncio.gather(talking, stopping, return_exceptions=True)
            await asyncio.to_thread(self._folder.close)
        if not talking.cancelled():
            talking.result()

    def stop(self) -> None:
        """Ask for no more lines; `run` returns once what is under way is answered, within the limit."""
        self._stopping.set()

    async def _talk(self) -> None:
        self._console.print(_text(_HINT, style="dim"))
        while not self._stopping.is_set():
            try:
                line = (await in_daemon_thread(self._ask)).strip()
            except (EOFError, KeyboardInterrupt):
                return
            if not line:
                continue
            self._answering = True
            try:
                await self._answer(line)
            except Exception as error:  # noqa: BLE001 - the platform's edge: one line's failure is not the next's
                self._console.print(
                    _text(await told(self._assistant, self._typed(""), error, "console.failed"), style="red")
                )
            self._answering = False

    async def _answer(self, line: str) -> None:
        """Show the answer as it grows, and then whole."""
        message, final = await asyncio.to_thread(self._message, line), Reply("")
        before = await self._assistant.known(self._chat)
        with Live(_text("…", style="dim"), console=self._console, transient=True) as live:
            async for final in self._assistant.answer(message):
                live.update(_text(final.text))
        self._buttons = final.buttons
        now = await self._assistant.known(self._chat)
        basis = basis_of(final, before, now)
        await asyncio.to_thread(self._show, final, partial(self._folder.write, chat=self._chat.key, basis=basis))
        await asyncio.to_thread(self._folder.let_go, self._chat.key, now)

    async def _let_go(self) -> None:
        """Remove the files that show what is forgotten."""
        now = await self._assistant.known(self._chat)
        await asyncio.to_thread(self._folder.let_go, self._chat.key, now)

    def _message(self, line: str) -> Message:
        """The line as a message; reads its files. Raises `UserError` for a file or a button that isn't there."""
        if len(line) > LONGEST_LINE:
            raise UserError("That line is too long: photos go in by path, not by content.")
        text, found = line, []
        pattern = r"\[?(\d{1,2})\]?" if self._buttons else r"\[(\d{1,2})\]"  # where nothing can be chosen, 3 is a word
        if number := re.fullmatch(pattern, line):
            if not 1 <= int(number[1]) <= len(self._buttons):
                raise UserError("There is no button [{number}] here now.", number=number[1])
            text = self._buttons[int(number[1]) - 1].value
        elif paths := list(_PATH.finditer(line)):
            text = with_usual_signs(" ".join(_PATH.sub("", line).split()))
            found = read_files(map(_path, paths), self._largest, folders=text.startswith("/import"))
        return replace(
            self._typed(text),
            photos=tuple(one for one in found if isinstance(one, Photo)),
            files=tuple(one for one in found if isinstance(one, Attachment)),
            unreadable=tuple(one for one in found if isinstance(one, Unreadable)),
            pressed=number is not None,
        )

    def _typed(self, text: str) -> Message:
        return Message(self._chat, Sender("owner", "you", admin=True), text, id=str(next(self._numbers)))

    def _show(self, reply: Reply, write: Callable[[str, bytes], Path]) -> None:
        """Print the final reply: its cards as a table or its text, the paths of its files, and its buttons."""
        if any(card.photos is not None for card in reply.cards):
            table = Table("name", "what I know", box=None, header_style="dim")
            for card in reply.cards:
                table.add_row(_text(card.title, style="bold"), _text(card.text))
            self._console.print(table)
        else:
            self._console.print(_text(reply.text))
            for card in reply.cards:
                self._console.print(_text(f"  {numbered(card)}", style="dim"))
        if reply.image:
            self._console.print(_text(f"Picture: {write('-picture.jpg', reply.image)}", style="dim"))
        for attachment in reply.attachments:
            path = write(f"-{Path(attachment.name).name}", attachment.data)
            self._console.print(_text(f"File: {path}", style="dim"))
        for number, button in enumerate(reply.buttons, 1):
            self._console.print(_text(f"  [{number}] {button.label}", style="cyan"))


def _path(match: re.Match[str]) -> Path:
    """The path that was written after an @."""
    unescaped = re.sub(r"\\(.)", r"\1", match["bare"] or "")
    path = Path(match["quoted"] or match["single"] or unescaped)
    try:
        return path.expanduser()
    except RuntimeError:  # there is no such ~user
        return path


def _text(words: str, style: str = "") -> Text:
    """Words as they may go to a terminal: what it would obey is shown as a box."""
    return Text(_UNSHOWN.sub("\ufffd", words), style=style)
