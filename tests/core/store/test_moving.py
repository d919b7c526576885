"""Moving a store to another place, of the same kind and of the other: what is there then, and after an interruption."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.build.rapport import keys_of, move_store
from bot.config import Config
from core.errors import StoreError
from core.store import Store
from core.store.moving import Moved
from core.store.schema import metadata
from core.store.values import Arrival, NewKept, SaidLine, SignIn
from tests.support.databases.chosen import execute, on_disk, url
from tests.support.stores import ANN, BEN, HOME, ROOT, WORK, embedding, reference

DEEDS, LAST = 11, [*metadata.sorted_tables][-1].name


@pytest.fixture(params=["to it", "from it"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """The URLs of where a store is and where it goes: a file, and what the parameter of these tests says."""
    file = f"sqlite+aiosqlite:///{tmp_path / 'a' / 'file.db'}"
    return (file, url(tmp_path)) if request.param == "to it" else (url(tmp_path), file)


def heard(_: str) -> None:
    """Nobody listens."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys of a server's store are in one's home."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


async def move(source: str, target: str, tell: Callable[[str], None]) -> Moved:
    """Move a store, far fewer rows at once than there are."""
    return await move_store(source, target, tell, Config(), part=4)


async def fill(address: str) -> None:
    """Remember, correct, keep, forget and say so much that no table is empty."""
    store = await Store.open(address, encoder="e1", faces="faces", keys=keys_of(Config(), address))
    await store.set_setting(HOME, "diary", "on", ROOT)
    await store.set_setting(HOME, "training", "on", ROOT)
    await store.agree(HOME, ANN, 1)
    for number in range(DEEDS):
        await store.remember(HOME, f"bo {number}", by=ANN, info="barks ☂", references=[reference(seed=number)])
    bo = await store.concept(HOME, "bo 1")
    await store.add_reference(HOME, bo.id, reference(b"\0\xff" * 90, negative=True), BEN)
    await store.keep(HOME, NewKept(b"kept", {bo.id: True}, "1 0"), ANN)
    await store.note(HOME, [bo.id], "Ann", "1")
    await store.remember(WORK, "Zoë", by=BEN, category="cat")
    gone = await store.concept(HOME, "bo 2")
    await store.forget(HOME, gone.id, ANN, undo_seconds=30)
    await store.refuse_face(WORK, embedding().vector[:128], [], BEN, undo_seconds=30)
    await store.merge(HOME, bo.id, (await store.concept(HOME, "bo 3")).id, ANN)
    line = SaidLine("m1", "bo!", datetime.now(UTC), basis=frozenset({(bo.id, "bo 1")}))
    assert await store.say(HOME, [line], await store.revision(HOME))
    await store.sign_ins.open("digest", SignIn(owner=True, until=2.0**31, token=""), 0, 9)
    await store.inbox.record("telegram:1", [Arrival("c", f"{n}", {"text": "hi"}) for n in range(3)])
    await store.aclose()


async def told(address: str) -> list[Any]:
    """What a store knows."""
    store = await Store.open(address, encoder="e1", faces="faces", keys=keys_of(Config(), address))
    memory = await store.memory(HOME)
    known = [
        [str(one) for one in memory.concepts],
        [(one.id, one.concept_id, one.negative, one.embedding.to_bytes()) for one in memory.references],
        memory.merged,
        await store.lines(HOME, 9),
        await store.kept(HOME),
        await store.consents(HOME),
        await store.inbox.pending("telegram:1"),
        await store.sign_ins.find("digest"),
        await store.totals(),
        (await store.state(HOME)).revision,
        [[str(one) for one in await store.references(HOME, concept.id)] for concept in memory.concepts[:5]],
    ]
    await store.aclose()
    return known


async def test_everything_is_there_and_goes_on_as_it_would_have(places: tuple[str, str]) -> None:
    source, target = places
    await fill(source)
    before = await told(source)
    said: list[str] = []
    moved = await move(source, target, said.append)
    assert await told(target) == before == await told(source)
    assert {name for name, count in moved.rows.items() if not count} <= {"answers", "asked", "pointers", "spent"}
    assert f"concepts: {DEEDS + 1}" in said
    assert {*moved.rows} == {*metadata.tables} - {"revisions", "leases", "processes", "dead_keys"}
    store = await Store.open(target, encoder="e1", keys=keys_of(Config(), target))
    last = max(one.id for one in await store.concepts(HOME))
    revision = await store.revision(HOME)
    new = (await store.remember(HOME, "kim", by=ANN, references=[reference()])).concept
    assert new.id > last + 1  # WORK's came after those of HOME: no id is given twice
    changes = await store.memory_changes(HOME, revision)
    assert changes is not None
    assert changes.concept_ids == {new.id}
    await store.forget(HOME, new.id, ANN, undo_seconds=0)
    assert [one.name for one in await store.concepts(WORK)] == ["Zoë"]
    await store.aclose()


async def test_an_interrupted_move_goes_on_and_nobody_starts_on_a_half(places: tuple[str, str]) -> None:
    source, target = places
    await fill(source)

    def interrupt(line: str) -> None:
        if line.startswith("references"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await move(source, target, interrupt)
    with pytest.raises(StoreError, match="isn't finished"):
        await Store.open(target, encoder="e1")
    store = await Store.open(
        source, encoder="e1", keys=keys_of(Config(), source)
    )  # it goes on being used, and is moved later
    await store.rename(HOME, (await store.concept(HOME, "bo 7")).id, "Rex", ANN)
    await store.remember(HOME, "late", by=ANN, references=[reference()])
    await store.forget(HOME, (await store.concept(HOME, "bo 9")).id, ANN, undo_seconds=0)
    await store.aclose()
    await move(source, target, heard)
    assert await told(target) == await told(source)


async def test_what_is_changed_while_it_is_moved_is_noticed(places: tuple[str, str], tmp_path: Path) -> None:
    source, target = places
    if source != url(tmp_path):
        pytest.skip("a file is held against that")
    await fill(source)

    def change(line: str) -> None:
        if line.startswith(LAST):
            execute(tmp_path, "UPDATE infos SET at = '2020-02-02 02:02:02.000000' WHERE id = 3")

    with pytest.raises(StoreError, match="infos isn't the same"):
        await move(source, target, change)
    await move(source, target, heard)
    assert await told(target) == await told(source)


async def test_a_place_that_is_taken_or_in_use_is_refused(places: tuple[str, str]) -> None:
    source, target = places
    with pytest.raises(StoreError, match="one and the same"):
        await move(source, source, heard)
    for place in places:
        store = await Store.open(place, encoder="e1", keys=keys_of(Config(), place))
        with pytest.raises(StoreError, match="A Rapport is running with"):
            await move(source, target, heard)
        await store.remember(HOME, "bo", by=ANN)
        await store.aclose()
    with pytest.raises(StoreError, match="a memory in"):
        await move(source, target, heard)
    store = await Store.open(target, encoder="e1", keys=keys_of(Config(), target))
    assert [one.name for one in await store.concepts(HOME)] == ["bo"]
    await store.aclose()


async def test_a_secret_that_was_forgotten_goes_nowhere(places: tuple[str, str], tmp_path: Path) -> None:
    source, target = places
    store = await Store.open(source, encoder="e1", keys=keys_of(Config(), source))
    await store.remember(HOME, "Bonaparte", by=ANN)
    await store.forget(HOME, (await store.concept(HOME, "Bonaparte")).id, ANN, undo_seconds=0)
    await store.aclose()
    await move(source, target, heard)
    assert b"Bonaparte" not in on_disk(tmp_path) + b"".join(
        await asyncio.to_thread(
            lambda: [path.read_bytes() for path in (tmp_path / "a").glob("file.db*") if path.is_file()]
        )
    )
