"""What is PostgreSQL's own: its migrations and ids, what it says when something is wrong, its plans."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from core.errors import Fault, StoreError, UserError
from core.messages import Chat, Sender
from core.store import Store, migrations, opening
from core.store.database import SERVER
from core.store.errors import told_plainly
from core.store.schema import metadata
from core.store.values import Arrival, NewKept, Recorded, SaidLine
from tests.core.store.test_plans import HIDDEN, SMALL, statements, story
from tests.support.databases.chosen import execute, url
from tests.support.databases.postgres import OWNER, Cluster
from tests.support.stores import ANN, HOME, Clock, opened, reference

pytestmark = pytest.mark.postgres


@pytest.fixture
def empty(server: Cluster) -> Iterator[str]:
    """The URL of a database without tables."""
    server.sql(f"CREATE DATABASE bare OWNER {OWNER}")
    yield server.address("bare")
    server.sql("DROP DATABASE bare WITH (FORCE)")


@contextmanager
def impatient(**settings: str) -> Iterator[None]:
    """Let the server be asked to wait less for locks or statements."""
    told: dict[str, str] = SERVER["connect_args"]["server_settings"]
    before = dict(told)
    told.update(settings)
    yield
    told.clear()
    told.update(before)


async def refusal(address: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        await Store.open(address, encoder="e1")
    return caught.value


# ── tables ────────────────────────────────────────────────────────────────────────────────────────


async def test_many_processes_make_the_tables_once_and_they_are_those_the_code_speaks_of(empty: str) -> None:
    stores = await asyncio.gather(*(Store.open(empty, encoder="e1") for _ in range(4)))
    await asyncio.gather(*(store.remember(HOME, f"bo {n}", by=ANN) for n, store in enumerate(stores)))
    assert len(await stores[0].concepts(HOME)) == 4
    for store in stores:
        await store.aclose()

    def differences(db: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(db, opts={"compare_type": True}), metadata))

    engine = create_async_engine(empty)
    async with engine.connect() as db:
        assert await db.run_sync(differences) == []
    await engine.dispose()


async def test_an_older_database_gets_wide_ids_and_keeps_its_rows_and_triggers(server: Cluster, empty: str) -> None:
    def as_0013_had_it(db: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = db
        command.upgrade(config, "0013")

    engine = create_async_engine(empty)
    async with engine.begin() as db:
        await db.run_sync(as_0013_had_it)
    await engine.dispose()
    server.sql(
        "INSERT INTO chats VALUES ('test:home', 7, '{}');"
        "INSERT INTO concepts (chat, bucket, created_at, guard, name, creator_id, creator_name)"
        " VALUES ('test:home', 0, now(), '', 'mia', 'a', 'Ann')",
        "bare",
    )
    store = await Store.open(empty, encoder="e1")
    assert [one.name for one in await store.concepts(HOME)] == ["mia"]
    for table in metadata.tables.values():
        if "id" in table.c:
            server.sql(f'ALTER SEQUENCE "{table.name}_id_seq" RESTART 3000000000', "bare")
    revision = await store.revision(HOME)
    await store.remember(HOME, "bo", by=ANN, info="barks", references=[reference()])
    await store.keep(HOME, NewKept(b"x", {3_000_000_000: True}, "1 0"), ANN)
    [bo] = [one for one in await store.concepts(HOME) if one.name == "bo"]
    assert bo.id == 3_000_000_000
    changes = await store.memory_changes(HOME, revision)
    assert changes is not None
    assert changes.reference_ids == {3_000_000_000}
    await store.forget(HOME, bo.id, ANN, undo_seconds=30)
    await store.undo(HOME, ANN)
    assert await store.inbox.record("b", [Arrival("c", "1", {})]) == [Recorded(3_000_000_000)]
    await store.aclose()


async def test_a_database_of_latin_letters_is_refused(server: Cluster) -> None:
    server.sql(
        f"CREATE DATABASE latin OWNER {OWNER} TEMPLATE template0 ENCODING latin1 LOCALE 'C' LOCALE_PROVIDER libc"
    )
    assert "UTF8" in str(await refusal(server.address("latin")))
    server.sql("DROP DATABASE latin")


# ── what is wrong, in sentences ───────────────────────────────────────────────────────────────────


async def test_what_keeps_a_role_out_is_told(server: Cluster, tmp_path: Path) -> None:
    server.sql("CREATE ROLE asked LOGIN PASSWORD 'right'")
    server.sql("CREATE ROLE stranger LOGIN")
    name = server.name(tmp_path)
    for address, words in (
        (server.address(name, "asked:wrong"), "refuses the password"),
        (server.address(name, "nobody"), "createuser"),
        (server.address(name, "stranger"), "pg_hba.conf"),
        (server.address("nowhere"), "createdb"),
    ):
        error = await refusal(address)
        assert words in str(error)
        assert (error.fault, "wrong" in str(error)) == (Fault.GONE, False)
    server.sql("CREATE DATABASE theirs")
    error = await refusal(server.address("theirs", "asked:right"))
    assert "own the database" in str(error)
    server.sql("DROP DATABASE theirs")
    server.sql("DROP ROLE asked")
    server.sql("DROP ROLE stranger")


async def test_a_server_that_is_not_there_or_hangs_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    gone = f"postgresql+asyncpg://bo:secret@127.0.0.1:{unused_tcp_port}/db"
    assert "Nothing listens" in str(await refusal(gone))
    assert "Nothing listens" in str(await refusal(f"postgresql+asyncpg://bo@/db?host={tmp_path}"))
    assert "no server of that name" in str(await refusal("postgresql+asyncpg://bo@nowhere.invalid/db"))
    monkeypatch.setitem(SERVER["connect_args"], "timeout", 0.2)
    with socket.create_server(("127.0.0.1", unused_tcp_port)):  # which takes nobody in
        error = await refusal(gone)
    assert "doesn't answer" in str(error)
    assert "secret" not in str(error)


async def fault_of_an_edit(store: Store) -> Fault | None:
    with pytest.raises(StoreError) as caught:
        await store.remember(HOME, "mia", by=ANN)
    return caught.value.fault


async def takes_edits_again(store: Store) -> None:
    await store.remember(HOME, "kim", by=ANN)
    assert [one.name for one in await store.concepts(HOME)] == ["bo", "kim"]


async def test_a_server_that_goes_and_comes_back_is_used_again(server: Cluster, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        server.stop()
        try:
            assert await fault_of_an_edit(store) is Fault.GONE
        finally:
            server.start()
        await takes_edits_again(store)


async def test_a_server_that_hangs_is_waited_for_no_longer_than_somebody_waits(server: Cluster, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        await store.state(HOME)
        with server.hanging():
            assert await fault_of_an_edit(store) is Fault.SILENT
            assert (await store.state(HOME)).fault is Fault.SILENT
        await takes_edits_again(store)


async def test_connections_that_were_cut_cost_nobody_an_answer(server: Cluster, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        await store.memory(HOME)
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rapport'"
        server.sql(cut)
        await store.remember(HOME, "mia", by=ANN)
        server.sql(cut)
        assert len(await store.concepts(HOME)) == 2
        server.sql(cut)
        assert await store.revision(HOME)
        assert store.fault is None


async def test_another_programs_lock_and_a_slow_statement_end_in_time(tmp_path: Path) -> None:
    with impatient(lock_timeout="300ms", statement_timeout="600ms"):
        async with opened(tmp_path) as store:
            await store.remember(HOME, "bo", by=ANN)
            engine = create_async_engine(url(tmp_path))
            async with engine.begin() as other:
                await other.execute(text("UPDATE chats SET revision = revision + 1"))
                with pytest.raises(StoreError, match="in use") as caught:
                    await store.remember(HOME, "mia", by=ANN)
                assert caught.value.fault is Fault.LOCKED
                assert [one.name for one in await store.concepts(HOME)] == ["bo"]
            await engine.dispose()
            await store.remember(HOME, "mia", by=ANN)
        database = opening.database(url(tmp_path))
        with pytest.raises(StoreError, match="took too long"), told_plainly(database.address):
            async with database.reading() as db:
                await db.execute(text("SELECT pg_sleep(9)"))
        await database.aclose()


async def test_a_read_only_server_is_told(server: Cluster, tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    execute(tmp_path, f"ALTER DATABASE {server.name(tmp_path)} SET default_transaction_read_only = on")
    async with opened(tmp_path) as store:
        assert await store.concepts(HOME) == ()
        with pytest.raises(StoreError, match="read-only server") as caught:
            await store.remember(HOME, "bo", by=ANN)
        assert caught.value.fault is Fault.READ_ONLY


@pytest.mark.parametrize("broken", ["b\0o", "b\ud83do"])
async def test_text_that_the_server_cannot_hold_is_refused_and_no_fault(tmp_path: Path, broken: str) -> None:
    clock = Clock()
    async with opened(tmp_path) as store:
        bo = (await store.remember(HOME, "bo", by=ANN)).concept
        await store.set_setting(HOME, "diary", "on", Sender("root", admin=True))
        revision = await store.revision(HOME)
        for work in (
            store.remember(HOME, broken, by=ANN),
            store.describe(HOME, bo.id, broken, ANN),
            store.keep(HOME, NewKept(b"x", {}, broken), ANN),
            store.inbox.mark(Arrival(broken, "1", {})),
            store.state(Chat("test", broken)),
        ):
            with pytest.raises(UserError, match="broken characters"):
                await work
        assert store.fault is None
        assert await store.say(HOME, [SaidLine("1", broken, clock())], revision)  # encrypted, it is bytes
        await store.note(HOME, [bo.id], broken, "1")
        assert [one.text for one in await store.lines(HOME, 9)] == [broken]
        assert [one.sender for one in await store.notes(HOME, bo.id)] == [broken]
        [row] = await store.inbox.record("b", [Arrival("c", "1", {"text": broken})])
        [waiting] = await store.inbox.pending("b")
        assert row == Recorded(waiting.row)
        assert waiting.update == {"text": broken}


# ── what is asked is indexed ──────────────────────────────────────────────────────────────────────


async def test_nothing_that_a_message_or_a_timer_asks_reads_a_whole_table(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock=clock) as store:
        with statements() as sent:
            await story(store, clock)
        await store.erase_expired(clock() + timedelta(days=9))
    scanned = []
    engine = create_async_engine(url(tmp_path))
    async with engine.connect() as db:
        await db.execute(text("SET enable_seqscan = off"))
        for statement, parameters in sent.items():
            if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
                [[plan]] = (await db.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)).all()
                scanned += [f"{step}: {statement}" for step in _whole(plan[0]["Plan"])]
    await engine.dispose()
    assert len(sent) > 80
    assert not scanned, "\n\n".join(scanned)


def _whole(node: dict[str, Any]) -> Iterator[str]:
    """The steps of a plan that read a whole table, or a whole index of it."""
    index, table = node.get("Index Name", ""), node.get("Relation Name", "")
    kind, known = node["Node Type"], index in HIDDEN or table in SMALL or "Index Cond" in node
    if (table or index) and kind.endswith("Scan") and kind != "Bitmap Heap Scan" and not known:
        yield f"{kind} of {table} {index}"
    for inner in node.get("Plans", ()):
        yield from _whole(inner)
