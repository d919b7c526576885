"""Many at once: tasks, cancelled callers, several stores and several processes on one file."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.store.store import Store
from tests.support.databases.chosen import url
from tests.support.stores import ANN, BEN, HOME, ROOT, WORK, Clock, opened, reference

HOUSE = Path(__file__).parents[3]

_TEACHER = """
import asyncio, sys
from core.messages import Chat, Sender
from core.store.store import Store

async def main(url, who):
    store = await Store.open(url, encoder="e1")
    for number in range(15):
        await store.remember(Chat("test", "home"), f"{who} {number}", by=Sender(who), info="x" * 5000)
    await store.aclose()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_edits_at_once_lose_no_revision(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, opened(tmp_path) as other:
        await store.remember(HOME, "bo", by=ANN)
        before = await store.revision(HOME)
        await asyncio.gather(
            *(store.remember(HOME, f"a{n}", by=ANN, references=[reference()]) for n in range(20)),
            *(other.remember(HOME, f"b{n}", by=BEN, references=[reference()]) for n in range(20)),
            *(store.memory(HOME) for _ in range(20)),
        )
        assert await store.revision(HOME) == before + 40
        assert len(await other.concepts(HOME)) == 41


async def test_the_same_name_at_once_makes_one_concept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, opened(tmp_path) as other:
        changes = await asyncio.gather(
            *(one.remember(HOME, "bo", by=ANN, references=[reference()]) for one in [store, other] * 5)
        )
        [concept] = await store.concepts(HOME)
    assert [change.created for change in changes].count(True) == 1
    assert concept.photos == 10


async def test_another_stores_edit_is_seen_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, opened(tmp_path) as other:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        seen = await other.revision(HOME)
        assert seen == await store.revision(HOME)
        await other.forget(HOME, bo.id, ANN, undo_seconds=30)
        assert await store.revision(HOME) == seen + 1
        assert await store.concepts(HOME) == ()


async def test_a_memory_is_all_of_one_moment(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, opened(tmp_path) as reader:

        async def edit() -> None:
            for number in range(30):
                await store.remember(HOME, f"bo {number}", by=ANN, references=[reference()])

        editing = asyncio.create_task(edit())
        first = 0
        while not editing.done():
            memory = await reader.memory(HOME)
            first = first or (memory.revision - len(memory.concepts) if memory.revision else 0)
            assert len(memory.references) == len(memory.concepts)
            assert memory.revision in {0, first + len(memory.concepts)}
        await editing


async def test_erasing_and_editing_at_once_wait_for_each_other(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store, opened(tmp_path, clock=clock) as other:
        for number in range(40):
            await store.remember(HOME, f"old {number}", by=ANN, references=[reference()])
        await store.forget_all(HOME, ROOT, undo_seconds=30)
        clock.turn(30)
        erasing = asyncio.gather(store.erase_expired(clock.now), other.erase_expired(clock.now))
        await asyncio.gather(*(one.remember(HOME, f"new {n}", by=ANN) for n, one in enumerate([store, other] * 5)))
        assert sum(await erasing) == 40
        assert len(await store.concepts(HOME)) == 10


@pytest.mark.sqlite
async def test_an_edit_waits_for_another_programs_edit_and_builds_on_it(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        await store.forget(HOME, bo.id, ANN, undo_seconds=30)
        clock.turn(30)
        with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as program:
            program.execute("BEGIN IMMEDIATE")
            program.execute("UPDATE chats SET revision = revision + 1")
            erasing = asyncio.create_task(store.erase_expired(clock.now))
            await asyncio.sleep(0.2)
            assert not erasing.done()
            program.execute("COMMIT")
        assert await erasing == 1


async def test_cancelled_callers_leave_whole_edits_and_a_working_store(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for number in range(40):
            task = asyncio.create_task(
                store.remember(HOME, f"bo {number}", by=ANN, info="barks", references=[reference()])
            )
            await asyncio.sleep(number / 4000)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await store.remember(WORK, "rex", by=ANN)
        memory = await store.memory(HOME)
        assert {one.concept_id for one in memory.references} == {concept.id for concept in memory.concepts}
        assert all(concept.info == "barks" for concept in memory.concepts)


async def test_processes_that_create_and_fill_one_store_wait_for_each_other(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _TEACHER, url(tmp_path)]
    teachers = [
        await asyncio.create_subprocess_exec(*command, who, cwd=HOUSE, stderr=subprocess.PIPE)
        for who in ("ann", "ben", "cleo")
    ]
    for teacher in teachers:
        _, errors = await teacher.communicate()
        assert (teacher.returncode, errors) == (0, b"")
    async with opened(tmp_path) as store:
        assert len(await store.concepts(HOME)) == 45


async def test_closing_lets_a_begun_edit_finish_though_its_caller_is_gone(tmp_path: Path) -> None:
    store = await Store.open(url(tmp_path), encoder="e1")
    caller = asyncio.create_task(store.remember(HOME, "bo", by=ANN, references=[reference()]))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await store.aclose()
    async with opened(tmp_path) as again:
        assert (await again.concept(HOME, "bo")).photos == 1
