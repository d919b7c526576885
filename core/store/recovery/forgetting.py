"""Forgetting again in a store that is older than its ledger: it was put back from a backup, or lost its log."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, column, delete, exists, select, table, text

from core.store import erasing
from core.store.edits.choices import close_training
from core.store.edits.edit import bump
from core.store.kept import seen
from core.store.keys.sealing import hand_over
from core.store.reading import LIVING
from core.store.recovery.ledger import Gone
from core.store.schema import chats, concepts, consents, infos, kept_photos, lines, references, refused_faces, sightings

_GONE = table("forgotten", column("kind"), column("id"), column("revision"), column("merged_into"), schema="temp")
_KINDS = {
    "concepts": concepts,
    "references": references,
    "infos": infos,
    "kept_photos": kept_photos,
    "consents": consents,
    "refused_faces": refused_faces,
}

_AT_ONCE = 500  # ids in one statement
T = TypeVar("T")


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items, so many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def identity(db: Connection) -> int:
    """The number that tells this store from all others, also in its copies; 0 if it has none yet."""
    return int(db.scalar(text("PRAGMA user_version")) or 0)


def identify(db: Connection) -> int:
    """Give the store a number if it has none yet; returns it."""
    known = identity(db) or secrets.randbelow(2**31 - 1) + 1
    db.exec_driver_sql(f"PRAGMA user_version = {known}")
    return known


@dataclass(frozen=True, slots=True)
class Unheard:
    """What the ledger has and the store doesn't know of: rows by their kind, and ids that it might give again."""

    rows: Mapping[str, Sequence[Row[Any, Any, Any]]]
    last_ids: Mapping[str, int]

    def __bool__(self) -> bool:
        return any(self.rows.values()) or bool(self.last_ids)


def compare(db: Connection, ledger: Sequence[Gone]) -> Unheard:
    """Hold the store against its ledger; nothing is written.

    A store knows of what was hidden if its chat has come as far as the revision that hid it.
    """
    if not ledger:
        return Unheard(dict.fromkeys((*_KINDS, "diary"), ()), {})
    db.exec_driver_sql("CREATE TEMP TABLE forgotten (kind, id, revision, merged_into)")
    db.exec_driver_sql("INSERT INTO temp.forgotten VALUES (?, ?, ?, ?)", [tuple(row[:4]) for row in ledger])
    given = {row[0]: row[1] for row in db.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}
    last = db.exec_driver_sql("SELECT kind, max(id) FROM temp.forgotten GROUP BY kind").all()
    found = {kind: _unknown(db, kind) for kind in (*_KINDS, "diary")}
    db.exec_driver_sql("DROP TABLE temp.forgotten")
    return Unheard(found, {kind: top for kind, top in last if kind in _KINDS and top > given.get(kind, 0)})


def forget_again(db: Connection, ledger: Sequence[Gone]) -> int:
    """Let go of all that the store doesn't know of; returns how many concepts, photos and texts that were.

    No id of the ledger's is given again.
    """
    unheard = compare(db, ledger)
    for kind, top in unheard.last_ids.items():
        if not db.exec_driver_sql("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (top, kind)).rowcount:
            db.exec_driver_sql("INSERT INTO sqlite_sequence VALUES (?, ?)", (kind, top))
    for row in unheard.rows["concepts"]:
        if row.merged_into and db.scalar(select(exists().where(LIVING, concepts.c.id == row.merged_into))):
            seen.hand_over(db, row.id, row.merged_into)
            for one in (references, infos):
                hand_over(db, one, one.c.concept == row.id, row.merged_into)
    ids = {kind: [row.id for row in these] for kind, these in unheard.rows.items()}
    touched = sorted({row.chat for these in unheard.rows.values() for row in these})
    for some in batched(ids["concepts"], _AT_ONCE):
        erasing.erase(db, some)
    for where, those in (
        (references.c.id, ids["references"]),
        (infos.c.id, ids["infos"]),
        (kept_photos.c.id, ids["kept_photos"]),
        (consents.c.id, ids["consents"]),
        (refused_faces.c.id, ids["refused_faces"]),
        (sightings.c.concept, ids["diary"]),
        (lines.c.chat, touched),
    ):
        for some in batched(those, _AT_ONCE):
            db.execute(delete(where.table).where(where.in_(some)))
    for chat in touched:
        bump(db, chat)
    for chat in {row.chat for row in unheard.rows["consents"]}:
        if not db.scalar(select(exists().where(consents.c.chat == chat, consents.c.opened))):
            close_training(db, chat)
    return sum(len(these) for kind, these in ids.items() if kind not in {"diary", "consents", "refused_faces"})


def _unknown(db: Connection, kind: str) -> Sequence[Row[Any, Any, Any]]:
    """The rows of the ledger that are still in the store, which hasn't heard that they were let go of."""
    of = _KINDS.get(kind, concepts)
    query = select(of.c.id, _GONE.c.merged_into, chats.c.key.label("chat")).join(_GONE, _GONE.c.id == of.c.id)
    if "chat" not in of.c:
        query = query.join(concepts, concepts.c.id == of.c.concept)
    query = query.join(chats, chats.c.key == (of if "chat" in of.c else concepts).c.chat)
    unheard = _GONE.c.revision.is_(None) | (_GONE.c.revision > chats.c.revision)
    return db.execute(query.where(_GONE.c.kind == kind, unheard)).all()
