"""What one of each takes: `python -m benchmarks.photo.units [DIR]` prints one JSON line for docs/operations.md.

With the configured models, in a chat of ten concepts. Processor time is the whole program's, with the processes that
open photos, so it says how many cores so many photos a second need; other programs disturb it less than the clock.
Bytes are those of the store's file after it was closed, less an empty store's. DIR holds a folder of photos for each
concept (docs/evaluation.md); they are sent as they are.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.photo.__main__ import CONCEPTS
from benchmarks.photo.arguments import arguments
from bot.config import Config, load
from bot.evaluation.data import readers
from bot.logs import set_up
from bot.running.rapport import rapport
from core.assistant.assistant import Assistant
from core.messages import Chat, Message, Photo, Sender

EACH = 3  # references of a concept
CARDS, TEXTS = 30, 200  # messages that are answered with a picture of what is kept, and with words alone
SETTLING = 4.0  # seconds in which the program loads what it needs after the start


def processor_seconds() -> float:
    """What this process and its children have used so far."""
    own = psutil.Process()
    times = [one.cpu_times() for one in (own, *own.children(recursive=True))]
    return sum(one.user + one.system for one in times)


async def spent(assistant: Assistant, asked: Sequence[tuple[str, Path | None]]) -> float:
    """Processor milliseconds of one of these messages, on average."""
    chat, person, began = Chat("bench", "units", private=True), Sender("ann", "Ann", admin=True), processor_seconds()
    for text, photo in asked:
        shown = (Photo(photo.read_bytes()),) if photo else ()
        async for _ in assistant.answer(Message(chat, person, text, shown)):
            pass
    return 1e3 * (processor_seconds() - began) / len(asked)


async def measure(config: Config, folder: Path, scratch: Path) -> dict[str, float]:
    """All unit costs."""
    file = scratch / "units.db"
    settings = config.model_copy(
        update={"store": config.store.model_copy(update={"url": f"sqlite+aiosqlite:///{file}", "reserve_megabytes": 0})}
    )
    async with rapport(settings):
        await asyncio.sleep(SETTLING)
    empty, subjects = file.stat().st_size, readers.read(folder).subjects[:CONCEPTS]
    taught = [(f"/remember thing{n}", path) for n, one in enumerate(subjects) for path in one.photos[:EACH]]
    shown = [path for one in subjects for path in one.photos[EACH:]]
    async with rapport(settings) as running:
        await asyncio.sleep(SETTLING)
        await spent(running.assistant, [("", shown[0])])  # which loads the models
        figures = {
            "reference_cpu_ms": await spent(running.assistant, taught),
            "photo_cpu_ms": await spent(running.assistant, [("", path) for path in shown]),
            "card_cpu_ms": await spent(running.assistant, [("who is thing1?", None)] * CARDS),
            "text_cpu_ms": await spent(running.assistant, [("/help", None)] * TEXTS),
        }
        figures["memory_mb"] = psutil.Process().memory_info().rss / 1e6
        figures["memory_of_decoders_mb"] = sum(one.memory_info().rss for one in psutil.Process().children()) / 1e6
    return figures | {"reference_bytes": (file.stat().st_size - empty) / len(taught), "photos": len(shown)}


def main() -> None:
    """Measure and print one line of JSON."""
    set_up("text", "error")
    folder = arguments(__doc__).parse_args().folder
    with tempfile.TemporaryDirectory() as scratch:
        figures = asyncio.run(measure(load(), folder, Path(scratch)))
    print(json.dumps({"benchmark": "units", **{name: round(one, 1) for name, one in figures.items()}}))


if __name__ == "__main__":
    main()
