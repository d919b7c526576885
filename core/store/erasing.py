"""Erasing for good: texts, photos and embeddings of a concept go in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, exists, select, update

from core.store.schema import answered, changes, chats, concepts

# Concepts erased in one transaction: a big chat's erasure lets other chats' edits in between.
BATCH = 32


def erase(db: Connection, concept_ids: Iterable[int]) -> None:
    """Delete concepts; their texts, references and embeddings go with them by foreign key.

    The changes that made them lose their content and stay as empty marks.
    """
    ids = list(concept_ids)
    forgotten_in = select(concepts.c.forgotten_in).where(concepts.c.id.in_(ids))
    gone = changes.c.concept.in_(ids) | changes.c.id.in_(forgotten_in)
    db.execute(update(changes).where(gone).values(erased=True, detail=None, kept=None))
    db.execute(delete(concepts).where(concepts.c.id.in_(ids)))


def any_due(db: Connection, now: datetime) -> bool:
    """Whether some forgotten concept's time has come."""
    return bool(db.scalar(select(exists().where(concepts.c.erase_at <= now))))


def erase_due(db: Connection, now: datetime) -> int:
    """Erase one batch of the forgotten concepts whose time has come; returns how many."""
    due = select(concepts.c.id).where(concepts.c.erase_at <= now).order_by(concepts.c.erase_at)
    # On a server with several processes each takes its own; SQLite has one writer and knows no such words.
    ids = db.scalars(due.limit(BATCH).with_for_update(skip_locked=True)).all()
    if ids:
        erase(db, ids)
    return len(ids)


def abandon(db: Connection, chat: str, now: datetime) -> None:
    """Forget all of a chat, what was forgotten before included, to be erased at once; drop its changes."""
    db.execute(update(concepts).where(concepts.c.chat == chat).values(erase_at=now))
    db.execute(delete(changes).where(changes.c.chat == chat))
    db.execute(delete(answered).where(answered.c.chat == chat))
    db.execute(update(chats).where(chats.c.key == chat).values(settings={}, erase_at=None))


def drop_if_empty(db: Connection, chat: str) -> None:
    """Delete the chat's own row unless somebody remembered something there meanwhile."""
    inhabited = exists().where(concepts.c.chat == chat) | exists().where(changes.c.chat == chat)
    db.execute(delete(chats).where(chats.c.key == chat, ~inhabited))
