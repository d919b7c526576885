"""`python -m bot doctor`: look at every part, and say in a sentence each what to do."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from bot.config import Config
from bot.running.checks import CHECKS
from core.errors import RapportError


async def examine(config: Config) -> bool:
    """Run every check and print its sentence; true when all is well."""
    # Sentences may hold paths: they are neither markup nor broken in the middle of a word.
    out, well = Console(soft_wrap=True, highlight=False), True
    out.print("[green]✓[/green] config: read, every key is known.")
    for name, check in CHECKS.items():
        try:
            out.print(f"[green]✓[/green] {name}: {escape(await check(config))}")
        except RapportError as error:
            well = False
            out.print(f"[red]✗[/red] {name}: {escape(str(error))}", highlight=False)
    return well
