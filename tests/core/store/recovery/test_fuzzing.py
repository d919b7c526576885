"""Stores damaged anywhere: opening, checking and saving one ends with what to do, never with a bug."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from core.errors import StoreError
from core.store.recovery import backups, checking
from core.store.store import Store
from tests.support.databases.chosen import url
from tests.support.stores import ANN, HOME, Clock, opened, reference

pytestmark = pytest.mark.sqlite  # files alone

PAGE = 4096


def _a_page(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data) // PAGE) * PAGE
    data[at : at + PAGE] = rng.randbytes(PAGE)


def _stretches(data: bytearray, rng: random.Random) -> None:
    for at in range(rng.randrange(3 * PAGE), len(data) - 600, 9000):
        data[at : at + 600] = rng.randbytes(600)


def _bytes_of_the_schema(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 60)):
        data[rng.randrange(100, 6 * PAGE)] = rng.randrange(256)


def _bytes_anywhere(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 200)):
        data[rng.randrange(len(data))] = rng.randrange(256)


@pytest.fixture
async def sound(tmp_path: Path) -> bytes:
    folder = tmp_path / "sound"
    async with opened(folder, plain=True) as store:
        for number in range(8):
            photo = reference(f"<{number}>".encode() * 900, seed=number)
            await store.remember(HOME, f"bo {number}", by=ANN, info=f"text {number}", references=[photo])
    return (folder / "store.db").read_bytes()


async def _open_and_check(folder: Path) -> None:
    store = await Store.open(url(folder), encoder="e1", clock=Clock())
    try:
        await store.ping()
        await store.check()
        await store.count_stale()
    finally:
        await store.aclose()


@pytest.mark.parametrize("damage", [_a_page, _stretches, _bytes_of_the_schema, _bytes_anywhere])
async def test_whatever_is_damaged_the_host_is_told_what_to_do(
    tmp_path: Path, sound: bytes, damage: Callable[[bytearray, random.Random], None]
) -> None:
    told = 0
    for seed in range(5):
        data = bytearray(sound)
        damage(data, random.Random(f"{damage.__name__} {seed}"))  # noqa: S311 - repeatable
        folder = tmp_path / str(seed)
        folder.mkdir()
        path = folder / "store.db"
        path.write_bytes(data)
        with suppress(StoreError):
            checking.examine(path)
        with suppress(StoreError):
            backups.make(path, folder / "backup.db")
        with suppress(StoreError):
            checking.salvage(path, folder / "saved.db")
        path.write_bytes(data)
        try:
            await _open_and_check(folder)
        except StoreError as error:
            told += 1
            assert "python -m bot store" in str(error)
    assert told


async def test_a_schema_that_is_no_text_any_more_is_damage(tmp_path: Path, sound: bytes) -> None:
    path = tmp_path / "store.db"
    at = sound.index(b"CREATE TABLE")
    path.write_bytes(sound[:at] + b"CREATE \xff\xfe\xfd\x80\x81" + sound[at + 12 :])
    for _ in range(2):  # it says so at every start
        with pytest.raises(StoreError, match="is damaged"):
            await _open_and_check(tmp_path)
    with pytest.raises(StoreError, match="python -m bot store"):
        backups.make(path, tmp_path / "backup.db")
