"""What people see of a store that fails: full, read-only, locked, gone or hanging, beside one that is well.

In each of some chats, all at once, a photo is shown, asked about, somebody new is taught and somebody renamed. What
comes in goes through the inbox first, as platforms have it do. Where this system lets one mount a disk, the store is on
one of its own, which another file fills up; elsewhere SQLite is told that its file may not grow.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path

import structlog

from benchmarks.chaos.figures import Figure
from bot.build.rapport import Rapport
from bot.config import Config
from bot.running.rapport import rapport
from core.errors import StoreError
from core.messages import Chat, Message, Photo, Sender
from core.platforms.inbox import Inbox
from core.store.values import Arrival
from tests.support.fakes import blocks, fake_models
from tests.support.hostile import store_faults

CHATS, FEW = 50, 10
MEGABYTES = 96  # of the disk, of which the bot holds 16
SOON = 5  # seconds until an edit works again, and for forgetting on a full disk
LONGEST = 20  # seconds that any message may wait: the inbox, the chat's state and the edit each give up once
PHOTO, OTHER = blocks("red").data, blocks("blue").data


@dataclass(slots=True)
class Seen:
    """What came of the messages that were sent during one fault."""

    sent: int = 0
    answered: int = 0
    shown: int = 0
    recognised: int = 0
    waits: list[float] = field(default_factory=list)  # seconds, of each message


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot with its inbox, and the folder of its store."""

    running: Rapport
    inbox: Inbox
    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    async def ask(self, chat: int, text: str, photo: bytes | None = None) -> str:
        """Send a message; returns the words of the final reply."""
        where = Chat("chaos", str(chat))
        message = Message(where, Sender("ann", admin=True), text, (Photo(photo),) if photo else ())
        (taken,) = await self.inbox.take_in([Arrival(where.key, str(next(self.numbers)), {"text": text})])
        assert taken is not None
        said = ""
        async with taken:
            await taken.begin_sending()
            async for reply in self.running.assistant.answer(message):
                said = reply.text if reply.final else said
        return said

    async def talk(self, chat: int, seen: Seen) -> None:
        """What is said in a chat during a fault."""
        for text, photo in (("", PHOTO), ("is that bo?", None), ("/remember mia", OTHER), ("/rename bo | max", None)):
            began = time.perf_counter()
            said = await self.ask(chat, text, photo)
            seen.waits.append(time.perf_counter() - began)
            seen.sent, seen.answered = seen.sent + 1, seen.answered + bool(said)
            if not text:
                seen.shown, seen.recognised = seen.shown + 1, seen.recognised + ("bo" in said)

    async def begin_anew(self, chats: int) -> None:
        """All chats know bo, and nobody else."""
        for chat in range(chats):
            where = Chat("chaos", str(chat))
            for one in await self.running.store.concepts(where):
                await self.running.store.forget(where, one.id, Sender("ann", admin=True), undo_seconds=0)
            await self.ask(chat, "/remember bo", PHOTO)
            await self.ask(chat, "", PHOTO)

    async def until_well(self, chats: int) -> float:
        """Seconds until every chat can be taught somebody."""
        began, name = time.perf_counter(), f"kim{next(self.numbers)}"
        for chat in range(chats):
            while not await self._is_taught(chat, name):
                pass
        return time.perf_counter() - began

    async def _is_taught(self, chat: int, name: str) -> bool:
        await self.ask(chat, f"/remember {name}", OTHER)
        try:
            return await self.running.store.find(Chat("chaos", str(chat)), name) is not None
        except StoreError:
            return False

    async def forget(self, chat: int) -> float:
        """Seconds from asking to forget bo until nobody is recognised as bo any more."""
        began = time.perf_counter()
        while await self.running.store.find(Chat("chaos", str(chat)), "bo"):
            await self.ask(chat, "/forget bo")
        seconds = time.perf_counter() - began
        assert "That's bo" not in await self.ask(chat, "", PHOTO)
        return seconds


async def measure(*, short: bool) -> list[Figure]:
    """Each fault beside the same messages without one, on a small disk where there can be one."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.chaos.store", folder, *(["--short"] if short else [])]
        on_disk = await asyncio.to_thread(store_faults.on_small_disk, Path(folder), MEGABYTES, command)
        if on_disk is None:
            return await figures(Path(folder), store_faults.full, FEW if short else CHATS)
        process = await asyncio.create_subprocess_exec(*on_disk, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"the process on the small disk ended with {process.returncode}")
        return [Figure(**one) for one in json.loads(said.splitlines()[-1])]


async def figures(folder: Path, full: Callable[[], AbstractContextManager[None]], chats: int) -> list[Figure]:
    """The table's rows; `full` is the way in which the disk is filled up."""
    file = folder / "chaos.db"
    faults: dict[str, Callable[[], AbstractContextManager[None]]] = {
        "full": full,
        "read-only": store_faults.read_only,
        "locked": lambda: store_faults.locked(file),
        "gone": lambda: store_faults.gone(file),
        "hanging": store_faults.hanging,
    }
    config = Config(
        store={"url": f"sqlite+aiosqlite:///{file}"},
        chat={"undo_seconds": 0},
        quotas={"chat_photos_minute": 0, "person_photos_minute": 0},
    )
    rows: list[Figure] = []
    async with rapport(config, fake_models()) as running:
        bot = Bot(running, Inbox(running.store.inbox, "chaos:1", 10), folder)
        await bot.begin_anew(chats)
        usual, usual_wait = await _during(bot, chats, nullcontext)
        usual_well = await bot.until_well(chats)
        await bot.begin_anew(chats)
        usual_forget = await bot.forget(0)
        for name, fault in faults.items():
            await bot.begin_anew(chats)
            seen, longest = await _during(bot, chats, fault)
            well = await bot.until_well(chats)
            against = f"{chats} chats without a fault"
            rows += [
                Figure(f"photos recognised, {name}", _share(seen.recognised, seen.shown), "", None, 1, 1.0, against),
                Figure(
                    f"messages with a sentence, {name}", _share(seen.answered, seen.sent), "", None, 1, 1.0, against
                ),
                Figure(f"longest wait, {name}", longest, "s", LONGEST, None, usual_wait, against),
                Figure(f"until all is well after it, {name}", well, "s", SOON + usual_well, None, usual_well, against),
            ]
        assert usual.sent == usual.answered and usual.shown == usual.recognised  # noqa: PT018 - the baseline
        await bot.begin_anew(chats)
        with full():
            forgotten = await bot.forget(0)
        rows.append(
            Figure("/forget on the full disk, to effect", forgotten, "s", SOON, None, usual_forget, "with room")
        )
    return rows


async def _during(bot: Bot, chats: int, fault: Callable[[], AbstractContextManager[None]]) -> tuple[Seen, float]:
    seen = Seen()
    with fault():
        await asyncio.gather(*(bot.talk(chat, seen) for chat in range(chats)))
    return seen, max(seen.waits)


def _share(some: int, of: int) -> float:
    return some / of


def main() -> None:
    """Measure in this process, whose disk at the given folder is small; prints one line of JSON."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    folder = Path(sys.argv[1])
    rows = asyncio.run(figures(folder, lambda: store_faults.filled(folder), FEW if "--short" in sys.argv else CHATS))
    print(json.dumps([asdict(one) for one in rows]))


if __name__ == "__main__":
    main()
