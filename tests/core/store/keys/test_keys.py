"""Encryption at rest: what is forgotten can't be read by anybody, from any file, whoever has the keys that are left."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.concepts import Box
from core.errors import StoreError
from core.messages import Chat
from core.store import Store
from core.store.keys.folder import KEYS, KeyDestroyed, KeyFolder
from core.store.keys.host import HostKeyPlace
from core.store.recovery import backups, restoring
from core.store.values import Arrival, NewKept, SaidLine
from tests.support.databases import chosen
from tests.support.databases.postgres import Cluster, cluster
from tests.support.stores import ANN, BEN, HOME, ROOT, WORK, Clock, embedding, opened, reference

NAME, TEXT, CATEGORY, LATER = "Zaphod-7f3a", "two heads 91c2", "president-c0de", "three arms 4471"
SENDER, LIVES = "Trillian-19ce", "Arthur-22b0"
PHOTO, KEPT, OTHERS = (bytes(range(256)) * 40, bytes(reversed(range(256))) * 30, b"stays-5e0f" * 300)
SECRETS = (*(one.encode() for one in (NAME, TEXT, CATEGORY, LATER, SENDER)), PHOTO[1000:1256], KEPT[1000:1256])


async def teach(store: Store) -> int:
    """One to be forgotten, with everything that somebody can have, and one that stays."""
    bo = (
        await store.remember(HOME, "Marvin", by=ANN, info=TEXT, category=CATEGORY, references=[reference(PHOTO)])
    ).concept
    await store.rename(HOME, bo.id, NAME, ANN)
    [photo] = await store.photo_ids(HOME, bo.id)
    await store.move_reference(HOME, photo, Box(0, 0, 2, 2), embedding(7), ANN)
    await store.set_setting(HOME, "diary", "on", ROOT)
    await store.note(HOME, [bo.id], SENDER, "m1")
    await store.keep(HOME, NewKept(KEPT, {bo.id: True}, "1 0"), ANN)
    line = SaidLine("m1", f"That is {NAME}.", Clock().now, reply=True, basis=frozenset({(bo.id, NAME.lower())}))
    assert await store.say(HOME, [line], await store.revision(HOME))
    await store.remember(HOME, LIVES, by=BEN, info="is here", references=[reference(OTHERS, seed=2)])
    return bo.id


def found(data: bytes) -> list[bytes]:
    """Which secrets are there, and a middle piece of each embedding."""
    pieces = (*SECRETS, *(embedding(seed).to_bytes()[100:160] for seed in (0, 7)))
    return [one for one in pieces if one in data]


# ── the promise ───────────────────────────────────────────────────────────────────────────────────


async def test_nothing_of_what_is_kept_stands_in_the_files_in_plain(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await teach(store)
        await store.inbox.record("telegram:1", [Arrival(HOME.key, "9", {"text": LATER})])
        assert found(chosen.as_it_stands(tmp_path)) == []
        assert OTHERS[:60] not in chosen.as_it_stands(tmp_path)
        assert len(found(chosen.on_disk(tmp_path))) == len(SECRETS) + 2


@pytest.mark.parametrize("how", ["forget", "forget all", "leave"])
async def test_what_is_forgotten_no_key_opens_wherever_it_was_copied(tmp_path: Path, how: str) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        bo = await teach(store)
        copied = chosen.values(tmp_path)  # as a backup, the log or the server's heap has them
        assert len(found(b"".join(chosen.readable(copied, tmp_path)))) >= len(SECRETS) - 1
        if how == "forget":
            await store.forget(HOME, bo, ANN, undo_seconds=30)
        elif how == "forget all":
            await store.forget_all(HOME, ROOT, undo_seconds=30)
        else:
            await store.left(HOME, clock.now)
        if how != "leave":
            assert len(found(b"".join(chosen.readable(copied, tmp_path)))) > 1
            await store.undo(HOME, ROOT)
            assert (await store.concept(HOME, NAME)).info == TEXT
            await (
                store.forget(HOME, bo, ANN, undo_seconds=30)
                if how == "forget"
                else store.forget_all(HOME, ROOT, undo_seconds=30)
            )
        clock.turn(31)
        await store.erase_expired()
        assert found(b"".join(chosen.readable(copied, tmp_path))) == []
        left = b"".join(chosen.readable(copied, tmp_path))
        assert (OTHERS in left) == (how == "forget")


@pytest.mark.sqlite
async def test_an_older_backup_shows_what_lives_and_nothing_of_what_was_forgotten(tmp_path: Path) -> None:
    store_file, backup = tmp_path / "store.db", tmp_path / "backup"
    async with opened(tmp_path) as store:
        bo = await teach(store)
        backups.make(store_file, backup)
        await store.forget(HOME, bo, ANN, undo_seconds=0)
    for ending in ("-ledger", "-ledger-damaged"):  # what else keeps it from coming back
        (tmp_path / f"store.db{ending}").unlink(missing_ok=True)
    restoring.restore(store_file, backup)
    shutil.rmtree(tmp_path / "store.db-before", ignore_errors=True)
    assert found(chosen.on_disk(tmp_path)) == []
    async with opened(tmp_path) as store:
        [lives] = await store.concepts(HOME)
        assert (lives.name, lives.info) == (LIVES, "is here")
        assert [one.photo for one in await store.references(HOME, lives.id)] == [OTHERS]
        memory = await store.memory(HOME)
        assert memory.references[0].embedding.to_bytes() == embedding(2).to_bytes()
        assert await store.kept(HOME) == ()
        await store.remember(HOME, NAME, by=ANN)
        assert len(await store.concepts(HOME)) == 2


@pytest.mark.postgres
async def test_a_servers_heap_and_log_hold_nothing_that_a_key_opens(tmp_path: Path) -> None:
    # A server of its own: the log of one that tests share has what others wrote there in plain.
    with cluster() as server:
        chosen.use(server)
        async with opened(tmp_path) as store:
            bo = await teach(store)
            copied, dump = chosen.values(tmp_path), tmp_path / "dump"
            dump.write_bytes(chosen.as_it_stands(tmp_path))
            await store.forget(HOME, bo, ANN, undo_seconds=0)
            server.sql("CHECKPOINT")
            data = server.folder / "data"
            assert [path for path in data.rglob("*") if path.is_file() and found(path.read_bytes())] == []
            heap = b"".join(path.read_bytes() for path in (data / "base").rglob("*") if path.is_file())
            dead = [one for one in copied if one.value in heap]
            assert dead, "nothing was left that could have been read"
            assert found(b"".join(chosen.readable(copied, tmp_path))) == []
            assert found(dump.read_bytes()) == []


@pytest.mark.postgres
async def test_a_servers_older_dump_shows_what_lives_and_nothing_of_what_was_forgotten(
    tmp_path: Path, server: Cluster
) -> None:
    async with opened(tmp_path) as store:
        bo = await teach(store)
        name = server.name(tmp_path)
        await store.remember(HOME, "until now", by=ANN)
    server.sql(f"CREATE DATABASE older TEMPLATE {name}")
    try:
        async with opened(tmp_path) as store:
            await store.forget(HOME, bo, ANN, undo_seconds=0)
        store = await Store.open(server.address("older"), encoder="e1", clock=Clock(), keys=chosen.keys(tmp_path))
        assert {one.name for one in await store.concepts(HOME)} == {LIVES, "until now"}
        assert await store.kept(HOME) == ()
        await store.aclose()
    finally:
        server.sql("DROP DATABASE older WITH (FORCE)")


async def test_a_value_means_nothing_in_another_row_column_or_chat(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, category="dog", references=[reference(b"photo of bo")])
        await store.remember(HOME, "mia", by=ANN, category="cat", references=[reference(b"photo of mia")])
        await store.remember(WORK, "rex", by=ANN)
    names, photos = "concepts", '"references"'
    for table, columns, told in (
        (names, "chat, name", "name = (SELECT name FROM concepts WHERE id = 2)"),
        (names, "chat, name", "name = category"),
        (names, "chat, name", f"chat = '{WORK.key}'"),
        (photos, "concept", "concept = 2"),
    ):
        chosen.execute(tmp_path, f"CREATE TABLE was AS SELECT * FROM {table} WHERE id = 1")  # noqa: S608 - of this test
        chosen.execute(tmp_path, f"UPDATE {table} SET {told} WHERE id = 1")  # noqa: S608 - of this test
        async with opened(tmp_path) as store:
            with pytest.raises(StoreError, match="isn't what was written there"):
                await read_all(store)
        back = f"UPDATE {table} SET ({columns}) = (SELECT {columns} FROM was) WHERE id = 1"  # noqa: S608 - as above
        chosen.execute(tmp_path, back if "," in columns else back.replace(f"({columns})", columns))
        chosen.execute(tmp_path, "DROP TABLE was")


async def read_all(store: Store) -> None:
    for chat in (HOME, WORK):
        for one in await store.concepts(chat):
            await store.references(chat, one.id)


# ── what goes on as it did ────────────────────────────────────────────────────────────────────────


async def test_a_chat_that_moves_two_that_are_one_and_a_photo_of_another_are_read_on(tmp_path: Path) -> None:
    group = Chat("test", "supergroup")
    async with opened(tmp_path) as store:
        await teach(store)
        other = (await store.remember(HOME, "Ford", by=ANN, info="drinks", references=[reference(b"ford")])).concept
        bo = await store.concept(HOME, NAME)
        await store.merge(HOME, bo.id, other.id, ROOT)
        assert sorted(one.photo for one in await store.references(HOME, bo.id)) == sorted([PHOTO, b"ford"])
        assert len((await store.memory(HOME)).references) == 3
        [_, photo] = await store.photo_ids(HOME, bo.id)
        await store.reassign_reference(HOME, photo, "Trish", ROOT)
        await store.undo(HOME, ROOT)
        await store.undo(HOME, ROOT)
        assert (await store.concept(HOME, "Ford")).info == "drinks"
        await store.move(HOME, group)
        assert {one.name for one in await store.concepts(group)} == {NAME, LIVES, "Ford"}
        assert (await store.concept(group, NAME.upper())).info == TEXT
        assert [one.author for one in await store.kept(group)] == ["Ann"]
        assert await store.kept_pixels(group, [1]) == {1: KEPT}
        assert [one.text for one in await store.lines(group, 9)] == [f"That is {NAME}."]
        assert len((await store.memory(group)).references) == 3


async def test_two_processes_use_the_same_keys(tmp_path: Path) -> None:
    async with opened(tmp_path) as one, opened(tmp_path) as other:
        bo = (await one.remember(HOME, "bo", by=ANN, references=[reference(PHOTO)])).concept
        assert (await other.concept(HOME, "bo")).photos == 1
        await other.remember(HOME, "mia", by=ANN, references=[reference(OTHERS)])
        await one.forget(HOME, (await one.concept(HOME, "mia")).id, ANN, undo_seconds=0)
        await other.forget(HOME, bo.id, ANN, undo_seconds=0)
        assert await one.concepts(HOME) == await other.concepts(HOME) == ()
        assert (await one.memory(HOME)).references == (await other.memory(HOME)).references == ()


# ── an older store ────────────────────────────────────────────────────────────────────────────────


async def test_an_older_store_is_read_half_encrypted_and_in_the_end_it_is_whole(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        await teach(store)
        for number in range(70):
            await store.remember(HOME, f"bo {number}", by=ANN, info="barks", references=[reference(seed=number)])
        await store.inbox.record("telegram:1", [Arrival(HOME.key, "9", {"text": LATER})])
        told, memory = await store.concepts(HOME), await store.memory(HOME)
    assert found(chosen.as_it_stands(tmp_path)) != []

    class Interrupted(Exception):
        pass

    async with opened(tmp_path) as store:
        assert await store.concepts(HOME) == told
        writes, write = 0, store._write

        async def interrupted(*given: object, **options: object) -> object:
            nonlocal writes
            writes += 1
            if writes == 5:
                raise Interrupted
            return await write(*given, **options)  # type: ignore[arg-type]

        store._write = interrupted  # type: ignore[assignment]
        with pytest.raises(Interrupted):
            await store.encrypt()
        assert store.encryption is not None
        assert 0 < store.encryption.done < store.encryption.of
    async with opened(tmp_path) as store:
        assert await store.concepts(HOME) == told
        assert (await store.concept(HOME, "bo 3")).info == "barks"
        assert (await store.concept(HOME, "bo 69")).info == "barks"
        await store.encrypt()
        assert store.encryption is None
        assert await store.concepts(HOME) == told
        again = await store.memory(HOME)
        assert [one.embedding.to_bytes() for one in again.references] == [
            one.embedding.to_bytes() for one in memory.references
        ]
        assert [one.update for one in await store.inbox.pending("telegram:1")] == [{"text": LATER}]
        assert (await store.concept(HOME, NAME)).info == TEXT
        if chosen.is_file():
            assert found(chosen.as_it_stands(tmp_path)) == []
        await store.forget(HOME, (await store.concept(HOME, NAME)).id, ANN, undo_seconds=0)
        assert len(await store.concepts(HOME)) == len(told) - 1


# ── keys that aren't there ────────────────────────────────────────────────────────────────────────


async def test_missing_wrong_and_older_keys_are_told_plainly_and_nothing_is_overwritten(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
    keys = chosen.keys(tmp_path)
    host = keys.path.with_name(f"{keys.path.name}-host")
    before = {path: path.read_bytes() for path in (host, *keys.path.iterdir())}
    assert {path.stat().st_mode & 0o777 for path in before} == {0o600}
    host.rename(tmp_path / "aside")
    await refused(tmp_path, "the host key, .*, is gone")
    assert not host.exists()
    host.write_text("0" * 64)
    await refused(tmp_path, "doesn't open the keys")
    host.write_text("not a key")
    await refused(tmp_path, "can't be one")
    host.write_bytes(before[host])
    keys.path.rename(tmp_path / "keys aside")
    await refused(tmp_path, "its keys, .*, are gone")
    other = KeyFolder(keys.path, HostKeyPlace(file=str(host)))
    other.make()
    await refused(tmp_path, "are another store's")
    shutil.rmtree(keys.path)
    (tmp_path / "keys aside").rename(keys.path)
    with pytest.raises(StoreError, match=r"is encrypted\. It needs its keys"):
        await Store.open(chosen.url(tmp_path), encoder="e1")
    assert {path: path.read_bytes() for path in before} == before
    async with opened(tmp_path) as store:
        assert (await store.concept(HOME, "bo")).name == "bo"


async def refused(folder: Path, why: str) -> None:
    with pytest.raises(StoreError, match=why):
        async with opened(folder):
            pass


async def test_keys_that_are_older_than_the_store_are_taken_only_when_that_is_asked_for(tmp_path: Path) -> None:
    keys, export = chosen.keys(tmp_path), tmp_path / "export"
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
    keys.copy_to(export)
    async with opened(tmp_path) as store:  # it has begun a new block
        await store.remember(HOME, "mia", by=ANN)
    shutil.rmtree(keys.path)
    shutil.copytree(export, keys.path)
    async with opened(tmp_path) as store:
        with pytest.raises(StoreError, match="older than this one"):
            await store.concepts(HOME)
    shutil.rmtree(keys.path)
    chosen.keys(tmp_path).take_in(export)
    async with opened(tmp_path) as store:
        assert [one.name for one in await store.concepts(HOME)] == ["bo"]
        await store.remember(HOME, "mia", by=ANN)


async def test_another_host_key_closes_the_same_keys_and_an_interruption_harms_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        keys = chosen.keys(tmp_path)
        keys.open()
        with pytest.raises(StoreError, match="A Rapport is running"):
            keys.rotate()
    host = keys.path.with_name(f"{keys.path.name}-host")
    old = host.read_text()

    def interrupted(name: str, data: bytes, *, new: bool = False) -> None:
        raise KeyboardInterrupt

    keys.put = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        keys.rotate()
    async with opened(tmp_path) as store:
        assert (await store.concept(HOME, "bo")).name == "bo"
        await store.remember(HOME, "mia", by=ANN)
    keys = chosen.keys(tmp_path)
    keys.open()
    assert keys.rotate() >= 1
    assert host.read_text() != old
    assert len(host.read_text().split()) == 1
    async with opened(tmp_path) as store:
        assert {one.name for one in await store.concepts(HOME)} == {"bo", "mia"}
    host.write_text(old)
    await refused(tmp_path, "doesn't open the keys")


def test_a_key_that_was_destroyed_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path / "keys", HostKeyPlace(file=str(tmp_path / "host")))
    keys.make()
    taken = [keys.take() for _ in range(KEYS)]
    [block] = list(keys.blocks())
    data = (tmp_path / "keys" / block.hex()).read_bytes()
    keys.destroy([taken[0][0]])
    assert (tmp_path / "keys" / block.hex()).read_bytes() != data
    again = KeyFolder(tmp_path / "keys", HostKeyPlace(file=str(tmp_path / "host")))
    again.open()
    with pytest.raises(KeyDestroyed):
        again.key(taken[0][0])
    assert again.keys(number for number, _ in taken[1:]) == [key for _, key in taken[1:]]
    again.destroy([number for number, _ in taken])
    assert (tmp_path / "keys" / block.hex()).read_bytes() == b""
    assert again.is_destroyed(taken[9][0])


async def test_a_host_key_that_is_given_needs_no_file_and_is_changed_by_giving_two(tmp_path: Path) -> None:
    def keys(given: str) -> KeyFolder:
        return KeyFolder(tmp_path / "keys", HostKeyPlace(given, str(tmp_path / "no file")))

    old, new = "ab" * 32, "cd" * 32
    store = await Store.open(chosen.url(tmp_path), encoder="e1", keys=keys(old))
    await store.remember(HOME, "bo", by=ANN)
    await store.aclose()
    assert not (tmp_path / "no file").exists()
    with_one, with_both = keys(old), keys(f"{new} {old}")
    with_one.open()
    with pytest.raises(StoreError, match="comes from outside"):
        with_one.rotate()
    with_both.open()
    with_both.rotate()
    store = await Store.open(chosen.url(tmp_path), encoder="e1", keys=keys(new))
    assert (await store.concept(HOME, "bo")).name == "bo"
    await store.aclose()
