"""A chat that goes on under another id, as when a Telegram group becomes a supergroup."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from core.names import LONGEST
from core.store.edits import bump, set_name
from core.store.reading import find, living_in, read_revision
from core.store.schema import changes, chats, concepts


def move(db: Connection, old: str, new: str) -> None:
    """Hand everything of `old` over to `new`, which may have a memory of its own.

    Where both know a name, the older concept keeps it and the other gets " (2)".
    """
    if old == new or not read_revision(db, old):
        return
    for chat in (old, new):
        bump(db, chat)
    _merge_settings(db, old, new)
    _part_namesakes(db, old, new)
    for table in (concepts, changes):
        db.execute(update(table).where(table.c.chat == old).values(chat=new))
    db.execute(delete(chats).where(chats.c.key == old))


def _merge_settings(db: Connection, old: str, new: str) -> None:
    settings = {row.key: row.settings for row in db.execute(select(chats).where(chats.c.key.in_([old, new])))}
    merged = settings[old] | settings[new]
    db.execute(update(chats).where(chats.c.key == new).values(settings=merged))


def _part_namesakes(db: Connection, old: str, new: str) -> None:
    for coming in _rows(db, living_in(old)):
        there = find(db, new, coming.name)
        if there is not None:
            [namesake] = _rows(db, concepts.c.id == there)
            younger = max(coming, namesake, key=lambda concept: concept.created_at)
            set_name(db, younger.id, _free_name(db, younger.name, (old, new)))


def _rows(db: Connection, where: ColumnElement[bool]) -> Sequence[Row[Any]]:
    return db.execute(select(concepts).where(where).order_by(concepts.c.id)).all()


def _free_name(db: Connection, name: str, chats_to_ask: tuple[str, str]) -> str:
    for number in count(2):
        ending = f" ({number})"
        candidate = name[: LONGEST - len(ending)] + ending
        if all(find(db, chat, candidate) is None for chat in chats_to_ask):
            return candidate
    raise AssertionError("counting never ends")
