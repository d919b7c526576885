"""`python -m bot doctor`: look at every part, and say in a sentence each what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bot.config import FILE, Config
from bot.running.checks import CHECKS, exposed
from core.errors import RapportError

_STRUCK = "…"


async def examine(config: Config, file: Path = FILE) -> bool:
    """Run every check and print its sentence; true when all is well. `file` is where the configuration was read.

    No token, key or password of the configuration is printed, whatever a sentence says.
    """

    async def read(_: Config) -> str:
        return f"read, every key is known. {exposed(config, file)}".strip()

    # Sentences may hold paths: they are neither markup nor broken in the middle of a word.
    out, well = Console(soft_wrap=True, highlight=False), True
    checks: dict[str, Callable[[Config], Awaitable[str]]] = {"config": read, **CHECKS}
    for name, check in checks.items():
        try:
            mark, sentence = "[green]✓[/green]", await check(config)
        except RapportError as error:
            mark, sentence, well = "[red]✗[/red]", str(error), False
        for secret in config.secrets():
            sentence = sentence.replace(secret, _STRUCK)
        out.print(f"{mark} {name}: {escape(sentence)}")
    return well
