"""Blocking work on a thread that does not keep the program from ending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(work: Callable[[], T]) -> T:
    """Run blocking `work` on a daemon thread; returns what it returns, and raises what it raises.

    When this is cancelled, the thread goes on and its result is dropped. The threads of `asyncio.to_thread` are
    joined when the program ends: one that reads from a terminal would keep Ctrl-C waiting for the next line.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(finished: Future[T]) -> None:
        if done.cancelled():
            return
        if error := finished.exception():
            done.set_exception(error)
        else:
            done.set_result(finished.result())

    def run() -> None:
        finished: Future[T] = Future()
        try:
            finished.set_result(work())
        except Exception as error:  # noqa: BLE001 - it is raised where this is awaited
            finished.set_exception(error)
        with suppress(RuntimeError):  # the loop may have ended meanwhile
            loop.call_soon_threadsafe(settle, finished)

    Thread(target=run, daemon=True, name="blocking work").start()
    return await done
