"""`python -m tests.attack [--short]`: run every attack, print the table; the exit status says if all of it held."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from tests.attack.console import attack_console
from tests.attack.inside import attack_forgetting, attack_rights
from tests.attack.messengers import attack_discord, attack_telegram
from tests.attack.pipe import attack_pipe
from tests.attack.report import Campaign, print_table
from tests.attack.web import attack_web
from tests.support.clock import SkippingLoop
from tests.support.hostile.rights import WAYS


async def main(short: bool, only: Sequence[str]) -> bool:
    """Run one after the other, each on a store of its own."""
    part = 0.1 if short else 1
    seeds = range(1 if short else 4)
    attacks: dict[str, Callable[[Path], Awaitable[Campaign]]] = {
        "web": lambda folder: attack_web(
            folder, messages=round(2500 * part), seeds=seeds, photos=40 if short else 200, timed=not short
        ),
        "pipe": lambda folder: attack_pipe(folder, lines=round(4000 * part), seeds=seeds),
        "rights": lambda folder: attack_rights(folder, ways=("typed",) if short else tuple(WAYS)),
        "forgetting": lambda folder: attack_forgetting(folder, times=20 if short else 200),
        "console": lambda folder: attack_console(folder, lines=round(1500 * part)),
        "telegram": lambda folder: attack_telegram(folder, messages=round(2000 * part), seeds=seeds),
        "discord": lambda folder: attack_discord(folder, messages=round(300 * part), every=9 if short else 2),
    }
    campaigns = []
    for attack in (attacks[name] for name in only or attacks):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            campaigns.append(await attack(Path(folder)))
        campaigns[-1].remarks.append(f"{time.monotonic() - began:.0f} s")
        print(campaigns[-1].name, *campaigns[-1].remarks, file=sys.stderr)  # noqa: T201 - a command's output
    return print_table(campaigns)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth of it")
    parser.add_argument("only", nargs="*", help="the names of some attacks")
    # What the bots inside this process log is not for the table; their own processes log into files.
    structlog.configure(logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger)
    logging.getLogger().addHandler(logging.NullHandler())
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:  # so that what waits for long need not
        sys.exit(0 if runner.run(main(given.short, given.only)) else 1)
