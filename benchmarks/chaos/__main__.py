"""`python -m benchmarks.chaos [--short] [PART…]`, or `python -m benchmarks.chaos soak [--minutes 30] [--rate 20]`.

Prints one table of all parts with their goals, then one line of JSON; exits 1 where a goal was missed or a part
failed. Each part runs in a process of its own, one after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module

import structlog
from rich.console import Console

from benchmarks.chaos import soak
from benchmarks.chaos.figures import Figure, as_json, table

PARTS = ("growth", "inbox", "lag")
"""Modules of this package with `async def measure(*, short: bool) -> list[Figure]`."""


def measure_one(name: str, short: bool) -> list[Figure]:
    """What one part measures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    return list(asyncio.run(import_module(f"benchmarks.chaos.{name}").measure(short=short)))


def main() -> int:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (all of them), or soak")
    parser.add_argument("--short", action="store_true", help="the same with fewer of everything")
    parser.add_argument("--minutes", type=float, default=30, help="of the soak")
    parser.add_argument("--rate", type=float, default=20, help="of the soak: messages a second")
    arguments = parser.parse_args()
    if unknown := {*arguments.parts} - {*PARTS, "soak"}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    if "soak" in arguments.parts:
        return soak.main(arguments.minutes, arguments.rate)
    return measure_all(arguments.parts or PARTS, short=arguments.short)


def measure_all(names: Sequence[str], *, short: bool, run: Callable[[str, bool], list[Figure]] = measure_one) -> int:
    """Measure the parts, each by `run` in a process of its own, and print them; 1 where a goal was missed."""
    parts: dict[str, list[Figure]] = {}
    failed: dict[str, str] = {}
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            try:
                parts[name] = process.submit(run, name, short).result()
            except Exception as error:  # noqa: BLE001 - the other parts are measured all the same
                failed[name] = f"{type(error).__name__}: {error}"
    figures = {name: as_json(some) for name, some in parts.items()}
    Console(stderr=not sys.stdout.isatty()).print(table(parts, failed))
    print(json.dumps({"benchmark": "chaos", "short": short, **figures, "failed": failed}))
    return int(bool(failed) or any(one.kept is False for some in parts.values() for one in some))


if __name__ == "__main__":
    sys.exit(main())
