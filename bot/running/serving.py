"""What the long-running commands do: serve the web chat, talk in the terminal, serve the pipe."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from rich.console import Console

from adapters.pipe.pipe import Pipe
from bot.build.platforms import platforms, status_page
from bot.config import Config
from bot.running.lan import invite
from bot.running.platforms import Platforms
from bot.running.rapport import rapport
from core.errors import ConfigError
from core.options import Role
from core.platforms.local_files import read_line

_NOTHING = "Nothing to run: set web.enabled = true, telegram.token or discord.token, or use `python -m bot console`."
_NO_TELEGRAM = "A process of that role serves Telegram alone: set telegram.token."


async def serve(config: Config, *, lan: bool = False, role: Role = Role.ALL) -> None:
    """Run every platform that is turned on until a signal ends the program; what is under way is finished.

    With `lan` the address for phones is printed, too. `role` is what it does where others share the store.

    Raises `ConfigError` when none is turned on, `PlatformError` when all of them have failed for good.
    """
    console = Console(stderr=True)

    def announce(link: str) -> None:
        address, _, key = link.partition("/?key=")
        if lan:
            address = f"http://{config.web.host}:{urlsplit(link).port}"
        elif not config.web.local:
            address = config.web.public_url or f"http://{socket.gethostname()}:{urlsplit(link).port}"
        # Not wrapped: half a link opens nothing.
        console.print(f"Rapport is at [bold]{link}[/bold]  (Ctrl-C stops it)", soft_wrap=True)
        if key:
            once = f"That link makes you the owner, once; visitors, and you from then on, open {address}"
            console.print(once, soft_wrap=True)
        if lan:
            invite(console, config, urlsplit(link).port or config.web.port)

    async with rapport(config, role=role) as running:
        builds = platforms(config, running, announce, role)
        if not builds and role is not Role.CHORES:
            raise ConfigError(_NOTHING if role is Role.ALL else _NO_TELEGRAM)
        served = Platforms(builds, running.platform_status, stop_seconds=config.limits.stop_seconds)
        page = status_page(config, running)
        async with page.serving() if page else nullcontext():
            await until_stopped(served if builds else Waiting())


class Stoppable(Protocol):
    """What serves until it is told to stop."""

    async def run(self) -> None:
        """Serve until `stop`, or to its own end."""
        ...

    def stop(self) -> None:
        """Let `run` finish what is under way, within a limit, and return."""
        ...


class Waiting:
    """Serves nothing, until it is told to stop: the chores are all that a process is there for."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Wait for `stop`."""
        await self._stop.wait()

    def stop(self) -> None:
        """Let `run` return."""
        self._stop.set()


async def until_stopped(served: Stoppable) -> None:
    """Run it to its end, or until Ctrl-C or a service manager's SIGTERM comes; a second Ctrl-C doesn't wait."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        served.stop()
        loop.remove_signal_handler(signal.SIGINT)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    await served.run()


async def chat_in_terminal(config: Config) -> None:
    """One person's chat on this terminal. Raises `ConfigError` when there is none."""
    from adapters.console.terminal import LONGEST_LINE, TerminalChat  # noqa: PLC0415 - others don't need it

    _require_streams()
    sys.stdin.reconfigure(errors="surrogateescape")  # type: ignore[union-attr] # a path may hold any bytes
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr] # a terminal may lack our signs
    terminal = Console()

    def ask() -> str:
        terminal.print("[bold]› [/bold]", end="")
        if not (line := read_line(sys.stdin, LONGEST_LINE)):
            raise EOFError
        return line

    async with rapport(config) as running:
        limits = config.limits
        await until_stopped(
            TerminalChat(
                running.assistant,
                console=terminal,
                ask=ask,
                largest_file=limits.photo_bytes,
                stop_seconds=limits.stop_seconds,
                chores=running.chores,
            )
        )


async def serve_pipe(config: Config, *, drafts: bool, pictures: Path | None) -> None:
    """JSON Lines from standard input to standard output until the input ends or a signal comes.

    Raises `ConfigError` when one of them isn't there.
    """
    _require_streams()
    # UTF-8, as JSON is, whatever the locale. Descriptors of their own: Python can't close `sys.stdin` at the end
    # while a thread still waits for a line.
    source = os.fdopen(os.dup(0), encoding="utf-8", errors="surrogateescape", newline="\n")
    sink = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    async with rapport(config) as running:
        await until_stopped(
            Pipe(
                running.assistant,
                source=source,
                sink=sink,
                drafts=drafts,
                pictures=pictures,
                largest_file=config.limits.photo_bytes,
                stop_seconds=config.limits.stop_seconds,
                chores=running.chores,
            )
        )


def _require_streams() -> None:
    """Raise `ConfigError` unless the program was started with a standard input and output."""
    if sys.stdin is None or sys.stdout is None:
        raise ConfigError("This needs a standard input and output, and one of them is closed.")
