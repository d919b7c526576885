"""Strangers' photos are decoded in processes of their own, which are stopped when a photo asks for too much.

    decode(chat, data) ─→ a quick slot, chats in turn ─→ a worker ─→ pixels
                                 │ not done after a moment
                                 └─→ paused ─→ the slow slot, at low priority ─→ pixels, or over the limit

A picture of a few kilobytes can keep a decoder busy for minutes, and only the end of its process stops it. What
counts is the worker's own CPU time, so that no photo is refused because the machine is busy.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import numpy as np
import psutil

from core.errors import SHUTTING_DOWN, BadPhoto, Busy, ModelError
from core.fairness import FairSlots
from core.i18n.lazy_strings import LazyString
from core.images.decoding import DAMAGED, TOO_MUCH_MEMORY, TOO_SLOW, Image, Limits

_HOUSE = Path(__file__).parents[2]
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")  # of the environment, which holds tokens
_LOOK_SECONDS = 0.05  # between looks at what a worker has used
_MOMENT = 0.4  # seconds of CPU, enough for nearly every photo
_PATIENCE = 30  # times the limit on CPU time may pass by the clock
_PAUSED = 3  # photos that wait for the slow slot, each with its memory
# Behind the program itself, whose models answer everybody; the slow one behind the others.
_PRIORITIES = (5, 10) if os.name == "posix" else (0x4000, 0x40)  # BELOW_NORMAL, IDLE
_PROGRAM = 600_000_000  # bytes of address space that a worker has before it opens anything
_PIPE_BYTES = 1 << 18


class Decoders:
    """Decodes `at_once` photos at a time, and one more that takes long, each within `limits`.

    Workers are started when they are needed and kept for the next photo. `async with` has the first started meanwhile,
    and ends them all, whatever they do; without it they end with the program.
    """

    def __init__(self, limits: Limits, at_once: int = 2) -> None:
        self._limits, self._at_once = limits, at_once
        self._quick, self._slow = FairSlots(at_once), FairSlots(1, capacity=_PAUSED)
        self._threads = ThreadPoolExecutor(2 * (at_once + 1 + _PAUSED), thread_name_prefix="decode")
        self._idle: list[_Worker] = []
        self._workers: set[_Worker] = set()
        self._first: asyncio.Task[None] | None = None
        self._closed = False

    async def decode(self, chat: str, data: bytes, *, side: int | None = None) -> Image:
        """The upright pixels of a photo as `core.images.decoding.decode` reads it, shrunk to 16 megapixels at most.

        `side` is the least width and height where that is another than what the limits say.
        Raises `BadPhoto` as that does, and for a photo that takes too long or too much memory; `Busy` when too much
        waits or the program ends; `ModelError` when no worker can be started.
        """
        limits = self._limits if side is None else replace(self._limits, side=side)
        await self._quick.acquire(chat)
        slots: FairSlots | None = self._quick
        worker: _Worker | None = None
        job: asyncio.Future[Image] | None = None
        try:
            worker = await self._take()
            job = asyncio.get_running_loop().run_in_executor(self._threads, worker.decode, data, limits)
            if not await self._ended(job, worker, _MOMENT):
                worker.pause()
                self._quick.release()
                slots = None
                await self._slow.acquire(chat)
                slots = self._slow
                worker.go_on()
                if not await self._ended(job, worker, self._limits.seconds):
                    raise BadPhoto(TOO_SLOW)
            return job.result()
        except _Died:
            raise (Busy(SHUTTING_DOWN) if self._closed else BadPhoto(DAMAGED)) from None
        finally:
            if slots is not None:
                slots.release()
            if job is not None:
                job.cancel()  # where it goes on, nobody will ask what became of it
            if worker is not None:
                self._give_back(worker)

    async def _ended(self, job: asyncio.Future[Image], worker: _Worker, seconds: float) -> bool:
        """Whether the job ended within so many seconds of the worker's CPU. Raises `BadPhoto` for its memory."""
        while not (await asyncio.wait({job}, timeout=_LOOK_SECONDS))[0]:
            used, memory, passed = worker.used()
            if used > seconds or passed > seconds * _PATIENCE:
                return False
            if memory > self._limits.memory:
                raise BadPhoto(TOO_MUCH_MEMORY)
        return True

    async def _take(self) -> _Worker:
        if self._first is not None and not self._first.done():
            await asyncio.wait({self._first})
        while self._idle and not self._closed:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            self._end(worker)
        return await self._started()

    async def _started(self) -> _Worker:
        if self._closed:
            raise Busy(SHUTTING_DOWN)

        def start() -> _Worker:
            worker = _Worker.started(_PROGRAM + self._limits.memory)
            self._workers.add(worker)  # at once, so that `aclose` ends it even if nobody waits for it any more
            return worker

        def keep(started: asyncio.Future[_Worker]) -> None:
            if not started.exception() and not self._closed:
                self._give_back(started.result())

        starting = asyncio.get_running_loop().run_in_executor(self._threads, start)
        try:
            worker = await asyncio.shield(starting)
        except asyncio.CancelledError:  # the process comes all the same
            starting.add_done_callback(keep)
            raise
        if self._closed:
            raise Busy(SHUTTING_DOWN)
        return worker

    def _give_back(self, worker: _Worker) -> None:
        """Keep a worker for the next photo, unless it is still at work or slow for good."""
        if worker.reusable and len(self._idle) < self._at_once and not self._closed:
            self._idle.append(worker)
        else:
            self._end(worker)

    def _end(self, worker: _Worker) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
            self._threads.submit(worker.end)

    async def _start(self) -> None:
        with contextlib.suppress(ModelError, Busy):  # whoever sends a photo is told
            self._give_back(await self._started())

    async def __aenter__(self) -> Self:
        self._first = asyncio.create_task(self._start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop every worker, whatever it does; who waits for one is told that the program ends."""
        self._closed = True
        for worker in tuple(self._workers):
            self._end(worker)
        await asyncio.to_thread(self._threads.shutdown)
        if self._first is not None:
            await self._first
        for worker in tuple(self._workers):  # those that were just being started
            await asyncio.to_thread(worker.end)


class _Died(Exception):
    """The worker ended before it answered."""


class _Worker:
    """One process of `core.images.worker`. It does one job at a time, and any thread may stop it meanwhile."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process, self._usage = process, psutil.Process(process.pid)
        self._jobs = cast(io.BufferedWriter, process.stdin)
        self._answers = cast(io.BufferedReader, process.stdout)
        self._working = self._slow = False
        self._cpu_before, self._since = 0.0, 0.0

    @classmethod
    def started(cls, memory: int) -> Self:
        """Start the process and wait until it is ready. Blocks. Raises `ModelError` when that fails."""
        try:
            process = subprocess.Popen(  # noqa: S603 - this very program
                [sys.executable, "-m", "core.images.worker", str(memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_HOUSE,
                env={key: os.environ[key] for key in _PASSED_ON if key in os.environ},
                pipesize=_PIPE_BYTES,
            )
            worker = cls(process)
            if worker._answers.readline():
                worker._signal(lambda: worker._usage.nice(_PRIORITIES[0]))
                return worker
            worker.end()
        except (OSError, psutil.Error) as error:
            raise ModelError(f"No process can be started to open photos in: {type(error).__name__}") from error
        raise ModelError("The process to open photos in ended as soon as it was started")

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def reusable(self) -> bool:
        """Whether it can take the next job: it is done with the last, and its priority was never lowered."""
        return not self._working and not self._slow and self.alive

    def decode(self, data: bytes, limits: Limits) -> Image:
        """Have one photo decoded. Blocks. Raises `BadPhoto`, or `_Died` when the process ends meanwhile."""
        self._working = True
        self._cpu_before, self._since = self._cpu(), time.monotonic()
        job = {"bytes": len(data), "limits": asdict(limits)}
        try:
            self._jobs.write(json.dumps(job).encode() + b"\n")
            self._jobs.write(data)
            self._jobs.flush()
            answer = json.loads(self._answers.readline() or b"null")
            if answer is None:
                raise _Died
            if "sentence" in answer:
                self._working = False
                raise BadPhoto(_lazy_string(answer))
            pixels = np.empty((answer["height"], answer["width"], 3), np.uint8)
            left = pixels.data.cast("B")
            while left:
                if not (count := self._answers.readinto(left)):
                    raise _Died
                left = left[count:]
        except (OSError, ValueError) as error:
            raise _Died from error
        self._working = False
        return Image(pixels)

    def used(self) -> tuple[float, int, float]:
        """What the job has taken so far: seconds of CPU, bytes of memory, seconds by the clock."""
        try:
            return self._cpu() - self._cpu_before, self._usage.memory_info().rss, time.monotonic() - self._since
        except psutil.Error:
            return 0.0, 0, 0.0  # it has just ended

    def _cpu(self) -> float:
        times = self._usage.cpu_times()
        return float(times.user + times.system)

    def pause(self) -> None:
        """Let it rest in the middle of its job."""
        self._signal(self._usage.suspend)

    def go_on(self) -> None:
        """Let a paused one go on, with low priority from now on."""
        self._slow, self._since = True, time.monotonic()
        self._signal(lambda: self._usage.nice(_PRIORITIES[1]))
        self._signal(self._usage.resume)

    def end(self) -> None:
        """Stop the process, whatever it does; a `decode` under way raises `_Died`. Blocks."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._jobs, self._answers):
            with contextlib.suppress(OSError):  # what was left to write has nobody to read it
                pipe.close()

    @staticmethod
    def _signal(send: Callable[[], object]) -> None:
        with contextlib.suppress(psutil.Error):  # it has just ended
            send()


def _lazy_string(answer: dict[str, Any]) -> LazyString:
    values = {key: _lazy_string(one) if isinstance(one, dict) else one for key, one in answer["values"].items()}
    return LazyString(str(answer["sentence"]), values, str(answer["more"]), float(answer["count"]))
