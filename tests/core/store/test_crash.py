"""kill -9 in the middle of remember, forget and undo: nothing lost, nothing half, nothing resurrected."""

from __future__ import annotations

import asyncio
import re
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.store.store import Store
from tests.support.databases.chosen import on_disk, url
from tests.support.stores import HOME, embedding, opened

ROOT = Path(__file__).parents[3]

# Says what it is about to do and what it has done; the photo is the mark, many times over.
_EDITOR = """
import asyncio, itertools, sys
from core.store.store import Store
from tests.support.stores import ANN, HOME, reference

async def main(url, round):
    store = await Store.open(url, encoder="e1")
    for number in itertools.count():
        mark = f"<{round}-{number:05d}>"
        new = reference(mark.encode() * (number * 997 % 7000 + 1), seed=number)
        print("try remember", mark, flush=True)
        change = await store.remember(HOME, f"bo {mark}", by=ANN, info=f"info {mark}", references=[new])
        print("did remember", mark, flush=True)
        way = ("keep", "erase", "leave", "undo", "keep")[number % 5]
        print("try", way, mark, flush=True)
        if way == "erase":
            await store.forget(HOME, change.concept.id, ANN, undo_seconds=0)
        elif way == "leave":
            await store.forget(HOME, change.concept.id, ANN, undo_seconds=3600)
        elif way == "undo":
            await store.undo(HOME, ANN)
        print("did", way, mark, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize(("first", "second"), [(0, 90), (11, 170), (40, 0)])
async def test_a_killed_process_loses_nothing_and_resurrects_nothing(tmp_path: Path, first: int, second: int) -> None:
    """Killed after so many milliseconds; the second process begins with what the first left."""
    said = await _edit_until_killed(tmp_path, "a", first / 1000)
    said += await _edit_until_killed(tmp_path, "b", second / 1000)
    _check_bytes(tmp_path, said)
    await _check(tmp_path, said)


async def _edit_until_killed(folder: Path, round_name: str, seconds: float) -> list[str]:
    """Let a process edit the store, kill it some time after its first edit; returns what it said."""
    editor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _EDITOR, url(folder), round_name, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert editor.stdout is not None
    said = [await editor.stdout.readline(), await editor.stdout.readline()]
    await asyncio.sleep(seconds)
    editor.kill()
    said += (await editor.stdout.read()).splitlines()
    assert await editor.wait() == -9
    return [line.decode().strip() for line in said]


def _check_bytes(folder: Path, said: list[str]) -> None:
    """Whatever was said to be erased is in none of the files as the dead process left them."""
    left = on_disk(folder)
    for mark, deeds in _by_mark(said, "did").items():
        assert not deeds & {"erase", "undo"} or mark.encode() not in left, f"{mark} left bytes behind"


async def _check(folder: Path, said: list[str]) -> None:
    """Open the store an hour later and hold it against what the process said."""
    tried, done = _by_mark(said, "try"), _by_mark(said, "did")
    later = datetime.now(UTC) + timedelta(hours=2)
    async with opened(folder, clock=lambda: later) as store:
        living = await _whole_concepts(store)
        on_file = {mark.decode() for mark in re.findall(rb"<[ab]-\d{5}>", on_disk(folder))}
    for mark, deeds in done.items():
        if not tried[mark] & {"erase", "leave", "undo"}:
            assert mark in living, f"{mark} was remembered and is lost"
        if deeds & {"erase", "leave", "undo"}:
            assert mark not in living, f"{mark} was forgotten and is back"
    assert on_file == living


def _by_mark(said: list[str], word: str) -> dict[str, set[str]]:
    """What was tried, or done, to each mark. The last line may be cut off."""
    deeds: dict[str, set[str]] = defaultdict(set)
    for line in said:
        if match := re.fullmatch(rf"{word} (\w+) (<\w-\d{{5}}>)", line):
            deeds[match[2]].add(match[1])
    return deeds


async def _whole_concepts(store: Store) -> set[str]:
    """The marks of the living concepts, each with its whole text, photo and embedding."""
    memory = await store.memory(HOME)
    vectors = {one.concept_id: one.embedding.vector for one in memory.references}
    marks = set()
    for concept in memory.concepts:
        mark = concept.name.removeprefix("bo ")
        number = int(mark[3:8])
        [stored] = await store.references(HOME, concept.id)
        assert concept.info == f"info {mark}"
        assert stored.photo == mark.encode() * (number * 997 % 7000 + 1)
        np.testing.assert_array_equal(vectors[concept.id], embedding(number).vector)
        marks.add(mark)
    return marks
