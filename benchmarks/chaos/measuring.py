"""Measures parts one after the other, and prints what came of it.

Not in `__main__`: the processes that measure can't import that.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module

import structlog
from rich.console import Console

from benchmarks.chaos.figures import Figure, as_json, table


def measure_one(name: str, short: bool) -> list[Figure]:
    """What one part measures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    return list(asyncio.run(import_module(f"benchmarks.chaos.{name}").measure(short=short)))


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
