"""Opening the store: what it makes, what it finds, and what it refuses with a clear sentence."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from core.errors import StoreError
from core.store import migrations
from core.store.errors import told_plainly
from core.store.opening import parsed
from core.store.schema import metadata
from core.store.store import Store
from tests.support.databases.chosen import url
from tests.support.stores import ANN, BEN, HOME, WORK, opened, reference, without_revisions

pytestmark = pytest.mark.sqlite  # files alone


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_new_store_makes_its_folder_and_only_the_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    async with opened(folder) as store:
        await store.ping()
        assert _names(folder) == ["store.db", "store.db-ledger", "store.db-lock", "store.db-shm", "store.db-wal"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


async def test_what_was_remembered_outlives_closing_and_the_log_file_is_gone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, info="barks", references=[reference()])
        revision = await store.revision(HOME)
    assert _names(tmp_path) == ["store.db", "store.db-ledger", "store.db-lock"]
    async with opened(tmp_path) as store:
        assert (await store.concept(HOME, "bo")).info == "barks"
        assert await store.revision(HOME) == revision


async def test_the_migrations_make_the_tables_the_code_speaks_of(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    engine = create_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


async def test_names_that_have_become_the_same_are_told_apart_by_the_migration(tmp_path: Path) -> None:
    async with opened(tmp_path, plain=True) as store:
        for name in ("O'Brien", "Rex", "bo (2)", "bo", "mia"):
            await store.remember(HOME, name, by=ANN, references=[reference(b"x" * 99)])
        mia = (await store.concept(HOME, "mia")).id
        await store.forget(HOME, mia, ANN, undo_seconds=30)
        await store.remember(WORK, "bo", by=BEN)
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:  # as 0002 had it
        without_revisions(db)
        for table in (
            "reference_authors",
            "info_authors",
            "consents",
            "sightings",
            "kept_shows",
            "kept_photos",
            "lines",
            "inbox",
        ):
            db.execute(f"DROP TABLE {table}")
        db.execute("ALTER TABLE concepts DROP COLUMN cover")
        db.execute("UPDATE alembic_version SET version_num = '0002'")
        db.execute("UPDATE concepts SET bucket = (bucket + 7) % 256")
        db.execute("UPDATE concepts SET name = 'O’Brien' WHERE name = 'Rex'")
        db.execute("UPDATE concepts SET name = 'b\u200bo' WHERE name = 'mia'")
        db.execute("UPDATE concepts SET name = 'b\u200bo', erase_at = NULL WHERE id = ?", [mia])
    async with opened(tmp_path, plain=True) as store:
        assert [one.name for one in await store.concepts(HOME)] == [
            "O'Brien",
            "O’Brien (2)",
            "bo (2)",
            "bo",
            "b\u200bo (3)",
        ]
        for name in ("o‘brien", "o'brien (2)", "bo (2)", "BO", "bo (3)"):
            await store.concept(HOME, name)
        assert (await store.concept(WORK, "bo")).name == "bo"
        assert (await store.usage_of(HOME, ANN)).bytes == 5 * 99


def test_the_newest_migration_is_the_one_an_open_store_is_held_against() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


async def test_a_newer_store_is_left_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer Rapport"):
        await Store.open(url(tmp_path), encoder="e1")


async def test_another_programs_database_is_left_as_it_was(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")
    before = (tmp_path / "store.db").read_bytes()
    with pytest.raises(StoreError, match="belongs to another program"):
        await Store.open(url(tmp_path), encoder="e1")
    assert (tmp_path / "store.db").read_bytes() == before


async def test_a_file_that_is_no_database_gets_a_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(StoreError, match="not a Rapport store"):
        await Store.open(url(tmp_path), encoder="e1")


async def test_a_cut_off_file_gets_a_clear_sentence(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN, references=[reference(b"x" * 50_000)])
    os.truncate(tmp_path / "store.db", 20_000)
    with pytest.raises(StoreError, match="damaged"):
        await Store.open(url(tmp_path), encoder="e1")


async def test_a_page_of_rubbish_gets_a_clear_sentence_when_it_is_read(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for number in range(20):
            await store.remember(HOME, f"bo {number}", by=ANN, references=[reference(b"x" * 50_000)])
    size = (tmp_path / "store.db").stat().st_size
    with (tmp_path / "store.db").open("r+b") as file:
        file.seek(4096 * 120)
        file.write(b"\xff" * (size - 4096 * 120))
    async with opened(tmp_path) as store:
        with pytest.raises(StoreError, match="damaged"):
            await store.memory(HOME)


async def test_a_file_where_the_folder_should_be_gets_a_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreError, match="can't be opened"):
        await Store.open(url(tmp_path / "taken"), encoder="e1")


async def test_a_folder_where_the_file_should_be_gets_a_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    with pytest.raises(StoreError, match="can't be opened"):
        await Store.open(url(tmp_path), encoder="e1")


@pytest.mark.parametrize("text", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
async def test_a_store_without_a_file_is_refused(text: str) -> None:
    with pytest.raises(StoreError, match="needs a file"):
        await Store.open(text, encoder="e1")


@pytest.mark.parametrize("text", ["rapport.db", "", "nonsense+driver://x", "sqlite:///x.db", "mysql://x"])
async def test_a_url_that_can_not_be_read_gets_an_example(text: str) -> None:
    with pytest.raises(StoreError, match=r"sqlite\+aiosqlite:///rapport\.db"):
        await Store.open(text, encoder="e1")


@pytest.mark.parametrize(
    "text", ["postgres://ann@db/rapport?sslmode=require", "postgresql://ann@db/rapport?ssl=require"]
)
def test_a_url_is_read_as_providers_of_databases_write_it(text: str) -> None:
    assert str(parsed(text)) == "postgresql+asyncpg://ann@db/rapport?ssl=require"


def test_a_disk_that_cannot_be_written_to_gets_a_clear_sentence() -> None:
    with pytest.raises(StoreError, match="is full"), told_plainly("bo.db"):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(StoreError, match="you may write there"), told_plainly("bo.db"):
        raise OSError(errno.EROFS, "Read-only file system")


async def test_a_missing_driver_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(StoreError, match=r"asyncpg.*\[postgres\]"):
        await Store.open("postgresql+asyncpg://ann:secret@db/rapport", encoder="e1")


async def test_an_error_never_quotes_what_people_wrote(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.remember(HOME, "bo", by=ANN)
        with closing(sqlite3.connect(tmp_path / "store.db")) as db, db:
            db.execute("DROP TABLE infos")
        with pytest.raises(StoreError) as caught:
            await store.remember(HOME, "bo", by=ANN, info="a secret")
    assert "a secret" not in str(caught.value)
    assert "a secret" not in str(caught.value.__cause__)
