"""Bringing a store to where its keys are whole: rows that aren't encrypted yet, keys to be destroyed, rows without any.

Plain functions on a connection. What they do can be interrupted at any moment, and is gone on with by the next call.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, exists, func, or_, select, text, tuple_, update

from core.store import erasing
from core.store.edits.edit import bump
from core.store.keys.folder import ID, KeyFolder
from core.store.keys.sealing import COLUMNS, buckets, decoded, owner_in, sealed
from core.store.schema import (
    PAGE,
    changes,
    concepts,
    dead_keys,
    embeddings,
    infos,
    metadata,
    references,
    sealing,
    sightings,
)

_PART = 16  # rows in one transaction: sixteen photos are written, and read, in some milliseconds
_AT_ONCE = 500  # ids in one statement
_DEAD_AT_ONCE = 2000
# The same words in SQLite and PostgreSQL; SQLAlchemy has this only per dialect.
_CLAIM = text(
    "INSERT INTO sealing (number, folder, mark, whole) VALUES (1, :folder, :mark, FALSE) ON CONFLICT DO NOTHING"
)
TABLES: tuple[Table, ...] = tuple(metadata.tables[name] for name in COLUMNS)


class Encryption(NamedTuple):
    """How far a store's rows are encrypted: how many of how many there were to be."""

    done: int
    of: int


def read_sealing(db: Connection) -> Any:
    """Whose keys the store is encrypted with: folder, mark and whether it is whole; None without any."""
    return db.execute(select(sealing)).first()


def claim(db: Connection, folder: KeyFolder) -> Any:
    """Note whose keys a store is encrypted with from now on; returns what is noted, which may be another process's."""
    db.execute(_CLAIM, {"folder": folder.id, "mark": folder.mark})
    return read_sealing(db)


# ── keys to be destroyed ──────────────────────────────────────────────────────────────────────────


def read_dead(db: Connection) -> list[bytes]:
    """The numbers of some keys whose rows are gone."""
    return [bytes(number) for number in db.scalars(select(dead_keys.c.key).limit(_DEAD_AT_ONCE))]


def clear_dead(db: Connection, numbers: Sequence[bytes], mark: bytes) -> None:
    """Note that keys were destroyed, with the mark that says so."""
    for start in range(0, len(numbers), _AT_ONCE):
        db.execute(delete(dead_keys).where(dead_keys.c.key.in_(numbers[start : start + _AT_ONCE])))
    db.execute(update(sealing).where(sealing.c.number == 1).values(mark=mark))


# ── rows whose key was destroyed ──────────────────────────────────────────────────────────────────


def drop_unreadable(db: Connection, folder: KeyFolder) -> int:
    """Delete all rows whose key was destroyed, as an older copy of the database has them; returns how many.

    Raises `StoreError` where a key is missing: then nothing is known to have been forgotten.
    """
    mark, count, touched = folder.mark, 0, set[str]()
    for table in TABLES:
        key = list(table.primary_key)
        rows = db.execute(select(*key, table.c.guard).where(func.length(table.c.guard) == ID))
        gone = [tuple(row[:-1]) for row in rows if folder.is_destroyed(bytes(row[-1]))]
        for start in range(0, len(gone), _AT_ONCE):
            some = gone[start : start + _AT_ONCE]
            touched |= _chats_of(db, table, [row[0] for row in some])
            _drop(db, table, some)
        count += len(gone)
    for chat in sorted(touched):
        bump(db, chat)
    db.execute(update(sealing).where(sealing.c.number == 1).values(mark=mark))
    return count


def _chats_of(db: Connection, table: Table, ids: Collection[int]) -> set[str]:
    """The chats whose memory such rows are of."""
    if table is concepts:
        query = select(concepts.c.chat).where(concepts.c.id.in_(ids))
    elif table in {infos, references, sightings}:
        query = select(concepts.c.chat).join(table, table.c.concept == concepts.c.id).where(table.c.id.in_(ids))
    elif table is embeddings:
        query = select(concepts.c.chat).join(references).where(references.c.id.in_(ids))
    else:
        return set()
    return set(db.scalars(query.distinct()))


def _drop(db: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    ids = [row[0] for row in rows]
    if table is concepts:
        erasing.erase(db, ids)
    elif table is changes:  # that there was one stays, so that /undo doesn't reach past it
        gone = changes.c.id.in_(ids)
        db.execute(update(changes).where(gone).values(erased=True, detail=None, kept=None, guard=b""))
    else:
        db.execute(delete(table).where(tuple_(*table.primary_key).in_(rows)))


# ── rows that aren't encrypted yet ────────────────────────────────────────────────────────────────


def _is_plain(table: Table) -> Any:
    held = or_(*(table.c[name].is_not(None) for name in COLUMNS[table.name]))
    return (func.length(table.c.guard) == PAGE) & held


def count_rows(db: Connection) -> int:
    """How many rows a store has that are to be encrypted, or are."""
    return sum(db.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES)


def encrypt_some(db: Connection, table: Table, after: int) -> tuple[int, int | None]:
    """Encrypt the next rows of a table past an id; returns how many were passed, and the last one's id or None."""
    key = list(table.primary_key)
    number = key[0]
    ids = db.scalars(select(number).where(number > after).distinct().order_by(number).limit(_PART * 4)).all()
    if not ids:
        return 0, None
    last = ids[-1]
    here = number.between(after + 1, last)
    names = [*(one.name for one in key), *COLUMNS[table.name]]
    owner = references.c.concept if table is embeddings else table.c[owner_in(table)]
    query = select(*(table.c[name] for name in names), owner.label("owner")).where(here, _is_plain(table))
    query = query.join_from(embeddings, references) if table is embeddings else query
    rows = db.execute(query.order_by(number).limit(_PART)).all()
    if len(rows) == _PART:
        last = rows[-1][0] - (1 if len(key) > 1 else 0)  # another row may have the same first number
    for row in rows:
        _encrypt(db, table, row)
    return sum(1 for one in ids if one <= last), last


def _encrypt(db: Connection, table: Table, row: Any) -> None:
    """Encrypt one row; the concept's name is filed by its keyed bucket from now on."""
    kinds, key = COLUMNS[table.name], list(table.primary_key)
    plain = {name: decoded(kind, value) for name, kind in kinds.items() if (value := getattr(row, name)) is not None}
    values = sealed(db, table, plain, owner=row.owner)
    if table is concepts:
        values["bucket"] = buckets(db, plain["name"])[0]
    db.execute(update(table).where(*(one == getattr(row, one.name) for one in key)).values(**values))


def any_plain(db: Connection) -> bool:
    """Whether some row isn't encrypted."""
    return any(db.scalar(select(exists().where(_is_plain(table)))) for table in TABLES)


def note_whole(db: Connection) -> None:
    """Note that there is no row left that isn't encrypted."""
    db.execute(update(sealing).where(sealing.c.number == 1).values(whole=True))
