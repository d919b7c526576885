"""The terminal: hostile lines as they are typed. Each is answered, and no escape sequence reaches the screen."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

from rich.console import Console

from adapters.console.terminal import TerminalChat
from bot.config import Config
from bot.running.rapport import rapport
from tests.attack.report import Campaign
from tests.support.decoders import shared_decoders
from tests.support.fakes import fake_models
from tests.support.hostile.lines import terminal_lines

_LIMIT = 900  # seconds for all lines
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # control characters, but for the tabulator and the line's end


async def attack_console(folder: Path, *, lines: int) -> Campaign:
    """Type everything, then leave."""
    campaign = Campaign("terminal: lines and paths")
    typed = iter([*terminal_lines(seed=2, count=lines), "/help"])
    asked = 0

    def ask() -> str:
        nonlocal asked
        asked += 1
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    out = io.StringIO()
    config = Config(store={"url": f"sqlite+aiosqlite:///{folder / 'attack.db'}"})
    async with rapport(config, fake_models(), decoders=shared_decoders()) as running:
        console = Console(file=out, width=200, color_system=None)
        chat = TerminalChat(running.assistant, console=console, ask=ask, pictures=folder)
        try:
            await asyncio.wait_for(chat.run(), _LIMIT)
        except TimeoutError:
            campaign.record(False, f"line {asked} was not answered within the limit")
    campaign.record(asked >= lines + 1, f"it ended after {asked} lines", count=asked)
    screen = out.getvalue()
    campaign.saw(screen, "the screen")
    campaign.record(not (found := _OBEYED.search(screen)), f"the screen got {found and found[0]!r}")
    return campaign
