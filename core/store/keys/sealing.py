"""Where rows are encrypted, and where they are read: callers hand plain values in and get plain values.

Each row has a key of its own, whose number stands in its `guard`. A value is a version, a nonce and what AES-GCM makes
of it, with version, table, column and the row's owner (its chat, or the concept that it is of) as associated data: in
another row, another column or with another owner it means nothing. A row that holds nothing has no key.

Without keys all of this leaves values as they are, and so it reads rows that aren't encrypted yet.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, ColumnElement, Connection, FromClause, Result, Row, Select, Table, insert, select, update
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.sql.selectable import AliasedReturnsRows

from core.errors import Fault, StoreError
from core.store.keys.folder import ID, KeyFolder
from core.store.schema import Sealed, bucket, embeddings, metadata, references

_WITHOUT_KEYS = "The store is encrypted, and it was opened without its keys."
_VERSION = b"\x01"
_NONCE = 12
_AT_ONCE = 64  # rows: their photos are in memory

COLUMNS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        table.name: MappingProxyType(kinds)
        for table in metadata.sorted_tables
        if (kinds := {one.name: one.type.kind for one in table.c if isinstance(one.type, Sealed)})
    }
)
"""What is encrypted: by table, each column's kind."""


def keys_of(db: Connection) -> KeyFolder | None:
    """The keys of the database that a connection is to, None for one that isn't encrypted."""
    found: KeyFolder | None = db.get_execution_options().get("keys")
    return found


def owner_in(table: Table) -> str:
    """The column that tells whose a row is: its chat or, where it has none, the concept that it is of."""
    return "chat" if "chat" in table.c else "concept"


def is_number(guard: bytes | None) -> TypeGuard[bytes]:
    """Whether a row's guard is the number of its key."""
    return guard is not None and len(guard) == ID


def buckets(db: Connection, name: str) -> tuple[int, ...]:
    """In which buckets a name may be: the first one is for what is written now, another for what isn't encrypted."""
    folder = keys_of(db)
    return (bucket(name),) if folder is None else (folder.bucket(name), bucket(name))


# ── one value ─────────────────────────────────────────────────────────────────────────────────────


def encoded(kind: str, value: Any) -> bytes:
    """A value's bytes."""
    if kind == "bytes":
        return bytes(value)
    return (value if kind == "text" else json.dumps(value)).encode("utf-8", "surrogatepass")


def decoded(kind: str, data: bytes | str) -> Any:
    """The value of such bytes, or of what a file that isn't encrypted holds. Raises `ValueError` for what is none."""
    if kind == "bytes":
        return data.encode() if isinstance(data, str) else bytes(data)
    text = data if isinstance(data, str) else bytes(data).decode("utf-8", "surrogatepass")
    return text if kind == "text" else json.loads(text)


def context(table: str, column: str, owner: object) -> bytes:
    """What a value is bound to."""
    return f"1 {table}.{column} {owner}".encode("utf-8", "surrogatepass")


def closed(cipher: AESGCM, about: bytes, plain: bytes) -> bytes:
    """A value's bytes, encrypted."""
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + cipher.encrypt(nonce, plain, about)


def opened(cipher: AESGCM, about: bytes, value: bytes) -> bytes:
    """The bytes of an encrypted value. Raises `StoreError` where it was encrypted for another place."""
    try:
        if value[:1] == _VERSION:
            return cipher.decrypt(value[1 : 1 + _NONCE], value[1 + _NONCE :], about)
    except InvalidTag:
        pass
    raise StoreError(
        "Something in the store isn't what was written there: it was changed past Rapport, or is damaged. "
        "`python -m bot store restore BACKUP` puts a backup in its place.",
        Fault.DAMAGED,
    )


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def sealed(db: Connection, table: Table, row: Mapping[str, Any], owner: object = None) -> dict[str, Any]:
    """A row as it is to be written. `owner` is whose it is where the row doesn't say so."""
    folder, kinds = keys_of(db), COLUMNS[table.name]
    if folder is None:
        return dict(row)
    held = {name: kind for name, kind in kinds.items() if _holds(kind, row.get(name))}
    if not held:
        return {**row, "guard": b""}
    number, key = folder.take()
    return {**row, "guard": number, **_closed_all(table, row, held, AESGCM(key), owner or row[owner_in(table)])}


def _holds(kind: str, value: Any) -> bool:
    """Whether there is something to encrypt: no text, or none of any bytes, tells nothing."""
    return value is not None if kind == "json" else bool(value)


def _closed_all(
    table: Table, row: Mapping[str, Any], kinds: Mapping[str, str], cipher: AESGCM, owner: object
) -> dict[str, bytes]:
    return {
        name: closed(cipher, context(table.name, name, owner), encoded(kind, row[name])) for name, kind in kinds.items()
    }


def insert_row(db: Connection, table: Table, row: Mapping[str, Any]) -> int:
    """Write one row; returns its id."""
    new_id: int = db.scalars(insert(table).values(**sealed(db, table, row)).returning(table.c.id)).one()
    return new_id


def change(db: Connection, table: Table, row_id: int, values: Mapping[str, Any]) -> None:
    """Write other values into a row, with the key that it has."""
    folder, kinds = keys_of(db), COLUMNS[table.name]
    if folder is not None:
        of = select(table.c.guard, table.c[owner_in(table)].label("owner")).where(table.c.id == row_id)
        row = db.execute(of).one()
        if is_number(row.guard):
            held = {name: kind for name, kind in kinds.items() if _holds(kind, values.get(name))}
            values = {**values, **_closed_all(table, values, held, cipher_of(folder, row.guard), row.owner)}
    db.execute(update(table).where(table.c.id == row_id).values(**values))


def rewrite(db: Connection, table: Table, row_id: int, values: Mapping[str, Any]) -> None:
    """Write other values into a row, and all that it holds with another key: what it held is lost with the old one."""
    if keys_of(db) is not None:
        held = select(*(table.c[name] for name in (*COLUMNS[table.name], owner_in(table))))
        row = ask(db, held.where(table.c.id == row_id)).one()
        values = sealed(db, table, {**row._asdict(), **values})
    db.execute(update(table).where(table.c.id == row_id).values(**values))


def hand_over(db: Connection, table: Table, where: ColumnElement[bool], to: object) -> int:
    """Let rows be another chat's, or of another concept; returns how many. References take their embeddings along."""
    owner = owner_in(table)
    folder = keys_of(db)
    if folder is None:
        return db.execute(update(table).where(where).values(**{owner: to})).rowcount
    rows = db.execute(select(table.c.id, table.c.guard, table.c[owner].label("owner")).where(where)).all()
    for row in rows:  # one by one: their photos need not all be in memory
        values: dict[str, Any] = {owner: to}
        if is_number(row.guard) and not folder.is_destroyed(row.guard):
            cipher, kinds = AESGCM(folder.key(row.guard)), COLUMNS[table.name]
            held = db.execute(select(*(table.c[name] for name in kinds)).where(table.c.id == row.id)).one()
            for name, value in zip(kinds, held, strict=True):
                if value:
                    plain = opened(cipher, context(table.name, name, row.owner), value)
                    values[name] = closed(cipher, context(table.name, name, to), plain)
        db.execute(update(table).where(table.c.id == row.id).values(**values))
        if table is references:
            _hand_over_embeddings(db, folder, row, to)
    return len(rows)


def _hand_over_embeddings(db: Connection, folder: KeyFolder, reference: Any, to: object) -> None:
    for row in db.execute(select(embeddings).where(embeddings.c.reference == reference.id)).all():
        if is_number(row.guard) and not folder.is_destroyed(row.guard):
            cipher = AESGCM(folder.key(row.guard))
            plain = opened(cipher, context("embeddings", "data", reference.owner), row.data)
            this = (embeddings.c.reference == row.reference) & (embeddings.c.encoder == row.encoder)
            data = closed(cipher, context("embeddings", "data", to), plain)
            db.execute(update(embeddings).where(this).values(data=data))


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


class _Opening(NamedTuple):
    """What of a result's rows is of one table: where its guard and owner are, and its values: place, kind, what for."""

    guard: int
    owner: int
    values: list[tuple[int, str, bytes]]


def ask(db: Connection, query: Select[Any]) -> Result[Any]:
    """What a query finds, as `db.execute` has it, with all that is encrypted opened.

    A query for embeddings has to be about their references, too. Raises `KeyDestroyed` for what was forgotten.
    """
    columns = list(query.selected_columns)
    where = {id(column): number for number, column in enumerate(columns)}
    more: list[ColumnElement[Any]] = []

    def place_of(column: ColumnElement[Any]) -> int:
        if id(column) not in where:
            where[id(column)] = len(columns) + len(more)
            more.append(column)
        return where[id(column)]

    parts: dict[int, _Opening] = {}
    for number, column in enumerate(columns):
        if isinstance(column, Column) and isinstance(column.type, Sealed):
            of, table = column.table, _table_of(column.table)
            if id(of) not in parts:
                owner = references.c.concept if table is embeddings else of.c[owner_in(table)]
                parts[id(of)] = _Opening(place_of(of.c.guard), place_of(owner), [])
            parts[id(of)].values.append((number, column.type.kind, context(table.name, column.name, "")))
    if not parts:
        return db.execute(query)
    found = db.execute(query.add_columns(*more) if more else query)
    names = [column.key or str(number) for number, column in enumerate(columns)]
    rows = _opened_rows(keys_of(db), iter(found), tuple(parts.values()), len(columns))
    return IteratorResult(SimpleResultMetaData(names), rows)


def _table_of(table: FromClause) -> Table:
    """The table that columns are of, by whatever name a query calls it."""
    return cast("Table", table.element if isinstance(table, AliasedReturnsRows) else table)


def _opened_rows(
    folder: KeyFolder | None, rows: Iterator[Row[Any]], parts: Sequence[_Opening], width: int
) -> Iterator[tuple[Any, ...]]:
    """The rows, opened some at a time; each has one cipher for all its values of a table."""
    while some := [list(row) for row in islice(rows, _AT_ONCE)]:
        for guard, owner, places in parts:
            keys = iter(_keys(folder, [row[guard] for row in some]))
            for row in some:
                if (key := next(keys)) is not None:
                    cipher, whose = AESGCM(key), str(row[owner]).encode("utf-8", "surrogatepass")
                    for place, kind, what in places:
                        if value := row[place]:
                            row[place] = decoded(kind, opened(cipher, what + whose, value))
                        elif value is not None:
                            row[place] = decoded(kind, value)
                else:
                    for place, kind, _ in places:
                        if row[place] is not None:
                            row[place] = decoded(kind, row[place])
        yield from (tuple(row[:width]) for row in some)


def _keys(folder: KeyFolder | None, guards: Sequence[bytes | None]) -> list[bytes | None]:
    """The keys of rows by their guards, None of those that aren't encrypted. Raises `KeyDestroyed` or `StoreError`."""
    numbers = [guard for guard in guards if is_number(guard)]
    if not numbers:
        return [None] * len(guards)
    if folder is None:
        raise StoreError(_WITHOUT_KEYS)
    keys = iter(folder.keys(numbers))
    return [next(keys) if is_number(guard) else None for guard in guards]


def embeddings_opened(
    rows: Sequence[tuple[bytes | None, int, bytes | None]], folder: KeyFolder | None
) -> list[bytes | None]:
    """Embeddings' bytes, of their guards, concepts and what is stored: many at a time."""
    found: list[bytes | None] = []
    owner, about = 0, b""
    keys = _keys(folder, [guard for guard, _, _ in rows])
    for (_, concept, data), key in zip(rows, keys, strict=True):
        if key is None or data is None:
            found.append(data)
            continue
        if concept != owner:
            owner, about = concept, context("embeddings", "data", concept)
        found.append(opened(AESGCM(key), about, data))
    return found


def cipher_of(folder: KeyFolder | None, number: bytes) -> AESGCM:
    """What opens a row whose guard is that number. Raises `StoreError` where there are no keys, or `KeyDestroyed`."""
    if folder is None:
        raise StoreError(_WITHOUT_KEYS)
    return AESGCM(folder.key(number))
