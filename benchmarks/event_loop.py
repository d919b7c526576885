"""How late an event loop is, and what holds it up.

`LoopProbe` wakes every 10 ms and measures how much later than it should: by the clock on the wall, which a busy machine
slows down, and the part of it in which the loop's own thread was at work. `python -m benchmarks.event_loop` is a loop
that does nothing else, until its input ends: run beside a benchmark it tells how late the machine alone makes anybody.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field

import numpy as np

EVERY = 0.01
"""Seconds between two looks."""


@dataclass(slots=True)
class LoopProbe:
    """Measures while `measuring` and keeps what came while `steady`; made inside the loop."""

    wall: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    counts: bool = False

    @contextmanager
    def steady(self) -> Iterator[None]:
        """What comes from here on counts."""
        self.counts = True
        try:
            yield
        finally:
            self.counts = False

    def lag(self) -> dict[str, dict[str, float]]:
        """Milliseconds by the wall's clock, and of these the loop's `own` work: `p999` of all looks, and the `most`."""
        return {name: _lag(seconds) for name, seconds in (("wall", self.wall), ("own", self.own))}

    async def watch(self) -> None:
        """Look every 10 ms, from now until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due, worked = loop.time() + EVERY, time.thread_time()
            await asyncio.sleep(EVERY)
            late = max(0.0, loop.time() - due)
            if self.counts:
                self.wall.append(late)
                # At most what the thread worked since the last look: some of it before this one was due.
                self.own.append(min(late, time.thread_time() - worked))


def _lag(seconds: list[float]) -> dict[str, float]:
    shares = (("p999", 99.9), ("most", 100))
    return {name: round(1e3 * float(np.percentile(seconds or [0], share)), 2) for name, share in shares}


@asynccontextmanager
async def idle_loop() -> AsyncIterator[dict[str, float]]:
    """A loop of a process of its own that does nothing beside; its lag is in the dictionary afterwards."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.event_loop"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # a signal is for the benchmark, which ends this one
    )
    measured: dict[str, float] = {}
    try:
        yield measured
    finally:
        out, _ = await process.communicate(b"")  # which ends its input
        measured.update(json.loads(out))


@contextmanager
def _told(probe: LoopProbe, milliseconds: float, most: int = 20) -> Iterator[None]:
    """Afterwards print to stderr what the loop's thread was at when it had worked so long in one go.

    The most frequent come first. A look takes the interpreter's lock: where C code holds it, the stack is a later one.
    """
    loop, thread, ended = asyncio.get_running_loop(), threading.get_ident(), threading.Event()
    worked = time.pthread_getcpuclockid(thread)
    beat, found = [time.clock_gettime(worked)], Counter[str]()

    def beats() -> None:
        beat[0] = time.clock_gettime(worked)
        timer[0] = loop.call_later(0.002, beats)

    def look() -> None:
        while not ended.wait(milliseconds / 4e3):
            if probe.counts and time.clock_gettime(worked) - beat[0] > milliseconds / 1e3:
                stack = traceback.format_stack(sys._current_frames().get(thread))
                found["".join([line for line in stack if "/asyncio/" not in line][-12:])] += 1

    timer = [loop.call_soon(beats)]
    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        timer[0].cancel()
        for stack, times in found.most_common(most):
            print(f"── seen {times} times\n{stack}", file=sys.stderr)


@asynccontextmanager
async def probing(blockers: float = 0) -> AsyncIterator[LoopProbe]:
    """A probe of the running loop; what kept it longer than `blockers` milliseconds is told afterwards, unless 0."""
    probe = LoopProbe()
    # In a context of its own: simcord slows the clock of all that its own begins.
    watch = contextvars.Context().run(asyncio.create_task, probe.watch())
    try:
        with _told(probe, blockers) if blockers else nullcontext():
            yield probe
    finally:
        watch.cancel()


async def _until_input_ends() -> dict[str, float]:
    async with probing() as probe:
        with probe.steady():
            await asyncio.to_thread(sys.stdin.read)
    return probe.lag()["wall"]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_until_input_ends())))
