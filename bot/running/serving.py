"""What the long-running commands do: serve the web chat, talk in the terminal, serve the pipe."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from rich.console import Console

from adapters.pipe.pipe import Pipe
from bot.build.platforms import platforms
from bot.config import Config
from bot.running.platforms import Platforms
from bot.running.rapport import rapport
from core.errors import ConfigError

_NOTHING = "Nothing to run: set web.enabled = true, telegram.token or discord.token, or use `python -m bot console`."


async def serve(config: Config) -> None:
    """Run every platform that is turned on until a signal ends the program; what is under way is finished.

    Raises `ConfigError` when none is turned on, `PlatformError` when all of them have failed for good.
    """
    console = Console(stderr=True)

    def announce(address: str) -> None:
        console.print(f"Rapport is at [bold]{address}[/bold]  (Ctrl-C stops it)")

    async with rapport(config) as running:
        builds = platforms(config, running, announce)
        if not builds:
            raise ConfigError(_NOTHING)
        await until_stopped(Platforms(builds, running.platform_status, stop_seconds=config.limits.stop_seconds))


async def until_stopped(served: Platforms) -> None:
    """Run the platforms until Ctrl-C or a service manager's SIGTERM comes, or all have failed for good."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    serving = asyncio.create_task(served.run())
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    served.stop()
    await serving


async def chat_in_terminal(config: Config) -> None:
    """One person's chat on this terminal."""
    from adapters.console.terminal import TerminalChat  # noqa: PLC0415 - the pipe and the platforms don't need it

    terminal = Console()
    async with rapport(config) as running:
        chat = TerminalChat(running.assistant, console=terminal, ask=lambda: terminal.input("[bold]› [/bold]"))
        await chat.run()


async def serve_pipe(config: Config, *, drafts: bool, pictures: Path | None) -> None:
    """JSON Lines from standard input to standard output until the input ends."""
    # UTF-8, as JSON is, whatever the locale. Descriptors of their own: Python can't close `sys.stdin` at the end
    # while a thread still waits for a line.
    source = os.fdopen(os.dup(0), encoding="utf-8", errors="surrogateescape", newline="\n")
    sink = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    async with rapport(config) as running:
        largest = round(config.limits.photo_megabytes * 1e6)
        pipe = Pipe(
            running.assistant,
            source=source,
            sink=sink,
            drafts=drafts,
            pictures=pictures,
            largest_file=largest,
        )
        await pipe.run()
