"""What a reference takes on the disk: `python -m benchmarks.keys.size [DIR]` prints a JSON line for docs/operations.md.

The bot is taught some photos of DIR (a folder of photos for each concept) with the configured models. What it keeps of
them is then taught over and over to stores in an SQLite file and in PostgreSQL, without keys and with, four references
to a concept with a text, until there are `--references`. `photo` and `embedding` are the mean bytes of what is kept
themselves. Bytes of a file are its own after it was closed, of PostgreSQL its tables with their indexes; `log` is what
it wrote into its write-ahead log meanwhile, `keys` the keys' folder; each less an empty store's, for each reference.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from itertools import cycle, islice
from pathlib import Path

from benchmarks.photo.arguments import arguments
from bot.config import Config, load
from bot.evaluation.data import readers
from bot.logs import set_up
from bot.running.rapport import rapport
from core.messages import Chat, Message, Photo, Sender
from core.store.keys.folder import KeyFolder
from core.store.keys.host import HostKeyPlace
from core.store.store import Store
from core.store.values import NewReference
from tests.support.databases.postgres import Cluster, cluster

CHAT, ANN = Chat("bench", "size", private=True), Sender("ann", "Ann", admin=True)
PHOTOS, TO_A_CONCEPT = 12, 4
TEXT = "is afraid of thunder, and likes to sleep under the table"


async def taught(config: Config, folder: Path, file: Path) -> list[NewReference]:
    """What the bot keeps of some photos."""
    url = f"sqlite+aiosqlite:///{file}"
    chosen = config.model_copy(update={"store": config.store.model_copy(update={"url": url, "reserve_megabytes": 0})})
    subjects = readers.read(folder).subjects
    async with rapport(chosen) as running:
        for number, subject in enumerate(subjects[:PHOTOS]):
            message = Message(CHAT, ANN, f"/remember thing{number}", (Photo(subject.photos[0].read_bytes()),))
            async for _ in running.assistant.answer(message):
                pass
        store = running.store
        embeddings = {one.id: one.embedding for one in (await store.memory(CHAT)).references}
        kept = [one for concept in await store.concepts(CHAT) for one in await store.references(CHAT, concept.id)]
        return [NewReference(one.photo, one.box, one.candidates, embeddings[one.id]) for one in kept]


async def fill(url: str, keys: KeyFolder | None, kept: list[NewReference], count: int) -> None:
    """Teach a store so many references."""
    store = await Store.open(url, encoder="e", keys=keys)
    again = cycle(kept)
    for number in range(count // TO_A_CONCEPT):
        new = [*islice(again, TO_A_CONCEPT)]
        await store.remember(CHAT, f"thing {number}", by=ANN, info=TEXT, references=new)
    await store.aclose()


async def bytes_of_each(
    folder: Path, server: Cluster | None, kept: list[NewReference], count: int, *, encrypted: bool
) -> dict[str, float]:
    """What one reference takes in such a store."""
    keys = KeyFolder(folder / "keys", HostKeyPlace(file=str(folder / "host"))) if encrypted else None
    url = server.url(folder) if server else f"sqlite+aiosqlite:///{folder / 'store.db'}"
    sizes = []
    for wanted in (0, count):
        await fill(url, keys, kept, wanted)
        sizes.append(sizes_of(folder, server))
    return {name: round((sizes[1][name] - sizes[0][name]) / count, 1) for name in sizes[0]}


def sizes_of(folder: Path, server: Cluster | None) -> dict[str, int]:
    """The bytes of a store as it is."""
    there = folder / "keys"
    keys = {"keys": sum(one.stat().st_size for one in there.iterdir())} if there.exists() else {}
    if server is None:
        return {"store": (folder / "store.db").stat().st_size, **keys}
    server.sql("CHECKPOINT")
    name = server.name(folder)
    tables = "SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables"
    log = server.sql("SELECT pg_current_wal_lsn() - '0/0'")
    return {"store": int(server.sql(tables, name)), "log": int(log), **keys}


async def measure(folder: Path, scratch: Path, count: int) -> dict[str, object]:
    """All figures."""
    kept = await taught(load(), folder, scratch / "taught.db")
    figures: dict[str, object] = {"references": count}
    figures["photo"] = round(sum(len(one.photo) for one in kept) / len(kept))
    figures["embedding"] = round(sum(len(one.embedding.to_bytes()) for one in kept) / len(kept))
    with cluster() as server:
        for name, where in (("sqlite", None), ("postgresql", server)):
            for kind, encrypted in (("plain", False), ("encrypted", True)):
                (place := scratch / f"{name}-{kind}").mkdir()
                figures[f"{name}_{kind}"] = await bytes_of_each(place, where, kept, count, encrypted=encrypted)
    return figures


def main() -> None:
    """Measure and print one line of JSON."""
    set_up("text", "error")
    wanted = arguments(__doc__)
    wanted.add_argument("--references", type=int, default=2000)
    given = wanted.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        figures = asyncio.run(measure(given.folder, Path(scratch), given.references))
    print(json.dumps({"benchmark": "size", **figures}))


if __name__ == "__main__":
    main()
