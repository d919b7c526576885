"""How soon an edit by one connection is read by another one, which hears of it: a program of its own.

`python -m benchmarks.cluster.visibility URL FOLDER`, whose keys are those of the tests' store in that folder, edits
four times a second until its input ends, and prints one JSON list: the milliseconds of each edit, from the moment it
was kept.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.chaos.inbox import HOUSE, reading
from core.messages import Chat, Sender
from core.store.store import Store
from tests.support.databases.chosen import keys


async def measure(editing: Store, listening: Store, milliseconds: list[float]) -> None:
    """Edit, listen and fill in the list until it is cancelled."""
    chat, by = Chat("test", "home", private=True), Sender("a", "Ann")
    read = asyncio.Queue[tuple[int, float]]()

    async def look() -> None:
        await read.put((await listening.revision(chat), time.perf_counter()))

    hearing = asyncio.create_task(listening.listen())
    watching = asyncio.create_task(listening.watch(chat, look, 60))
    try:
        concept = (await editing.remember(chat, "bo", by=by)).concept
        while True:
            await asyncio.sleep(0.25)
            await editing.describe(chat, concept.id, f"note {len(milliseconds)}", by)
            done, revision = time.perf_counter(), await editing.revision(chat)
            seen, at = 0, done
            while seen < revision:
                seen, at = await read.get()
            milliseconds.append(round(1000 * max(0.0, at - done), 3))
    finally:
        for task in (hearing, watching):
            task.cancel()
        await asyncio.gather(hearing, watching, return_exceptions=True)


@asynccontextmanager
async def measuring(url: str, folder: Path) -> AsyncIterator[list[float]]:
    """Measure beside the block in another process, whose loop has nothing else to do; filled in after the block.

    Nothing is measured of a file: its one process has made all edits itself.
    """
    milliseconds: list[float] = []
    if url.startswith("sqlite"):
        yield milliseconds
        return
    program = (sys.executable, "-m", "benchmarks.cluster.visibility", url, str(folder))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*program, cwd=HOUSE, stdin=pipe, stdout=pipe)
    try:
        yield milliseconds
        told, _ = await process.communicate(b"")
        milliseconds += json.loads(told)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def main(url: str, folder: Path) -> None:
    """Measure until the input ends, and print."""
    milliseconds: list[float] = []
    async with reading(url, keys(folder)) as editing, reading(url, keys(folder)) as listening:
        task = asyncio.create_task(measure(editing, listening, milliseconds))
        ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait([task, ended], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()  # it ends by an error alone
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    print(json.dumps(milliseconds))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
