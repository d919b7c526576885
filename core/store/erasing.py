"""Erasing for good: texts, photos and embeddings of a concept go in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Table, delete, exists, select, update

from core.store.schema import (
    NEVER,
    answered,
    asked,
    changes,
    chats,
    concepts,
    consents,
    inbox,
    kept_photos,
    kept_shows,
    lines,
    pointers,
    references,
    refused_faces,
)
from core.store.values import ChangeKind

# Concepts erased in one transaction: a big chat's erasure lets other chats' edits in between.
BATCH = 32
PHOTOS = 16


def erase(db: Connection, concept_ids: Iterable[int]) -> None:
    """Delete concepts; their texts, references, embeddings and sightings go with them by foreign key.

    So do the kept photos that show them, whoever else is in them, what was merged into them, and what was taken away
    from them a moment ago. The changes that made them lose their content and stay as empty marks.
    """
    ids = set(concept_ids)
    parts = ids
    while parts:  # one that was merged may have had others merged into it
        kinds = changes.c.kind.in_([ChangeKind.MERGE, ChangeKind.REMOVE, ChangeKind.UNDESCRIBE, ChangeKind.RETELL])
        made = select(changes.c.id).where(changes.c.concept.in_(parts), kinds)
        hidden = select(concepts.c.id).where(concepts.c.erase_at.is_not(None), concepts.c.forgotten_in.in_(made))
        parts = set(db.scalars(hidden)) - ids
        ids |= parts
    erase_kept(db, db.scalars(select(kept_shows.c.kept).where(kept_shows.c.concept.in_(ids)).distinct()).all())
    # Asked apart: PostgreSQL would read all changes for one question of both.
    forgotten_in = db.scalars(select(concepts.c.forgotten_in).where(concepts.c.id.in_(ids))).all()
    gone = changes.c.concept.in_(ids) | changes.c.id.in_(forgotten_in)
    db.execute(update(changes).where(gone).values(erased=True, detail=None, kept=None, guard=b""))
    # What somebody was asked may have been about them.
    db.execute(delete(asked).where(asked.c.chat.in_(select(concepts.c.chat).where(concepts.c.id.in_(ids)))))
    db.execute(delete(concepts).where(concepts.c.id.in_(ids)))


def erase_kept(db: Connection, kept_ids: Sequence[int]) -> None:
    """Delete kept photos for good."""
    db.execute(delete(kept_photos).where(kept_photos.c.id.in_(kept_ids)))


def any_due(db: Connection, now: datetime) -> bool:
    """Whether the time of some forgotten concept, or of a photo that was let go, has come."""
    due = exists().where(concepts.c.erase_at <= now) | exists().where(kept_photos.c.erase_at <= now)
    return bool(db.scalar(select(due)))


class Erased(NamedTuple):
    """How much of what is due was erased in one go; false for nothing."""

    concepts: int = 0
    kept: int = 0
    photos: int = 0  # of concepts that are still there

    def __bool__(self) -> bool:
        return any(self)


def erase_due(db: Connection, now: datetime) -> Erased:
    """Erase a part of the forgotten concepts, and of kept photos let go, whose time has come.

    It is never more than `PHOTOS` photos at once: what is erased is overwritten, and the log has to find room for that.
    """
    due = select(concepts.c.id).where(concepts.c.erase_at <= now).order_by(concepts.c.erase_at)
    # On a server with several processes each takes its own; SQLite has one writer and knows no such words.
    ids = db.scalars(due.limit(BATCH).with_for_update(skip_locked=True)).all()
    theirs = select(references.c.id).where(references.c.concept.in_(ids)).order_by(references.c.id)
    photos = db.scalars(theirs.limit(PHOTOS + 1)).all()
    if len(photos) > PHOTOS:
        db.execute(delete(references).where(references.c.id.in_(photos[:PHOTOS])))
        return Erased(photos=PHOTOS)
    if ids:
        erase(db, ids)
        return Erased(concepts=len(ids))
    kept = select(kept_photos.c.id).where(kept_photos.c.erase_at <= now).limit(PHOTOS)
    gone = db.scalars(kept.with_for_update(skip_locked=True)).all()
    erase_kept(db, gone)
    return Erased(kept=len(gone))


def any_ahead(db: Connection, now: datetime) -> bool:
    """Whether something was forgotten later than now, by the clock that there was then: it was set back meanwhile."""
    return any(db.execute(_ahead(table, now)).first() for table in (concepts, kept_photos))


def bring_forward(db: Connection, now: datetime) -> None:
    """Let what was forgotten before the clock was set back wait no longer than it would have waited then."""
    for table in (concepts, kept_photos):
        for row in db.execute(_ahead(table, now)).all():
            due = now + (row.erase_at - row.at)
            db.execute(update(table).where(table.c.id == row.id).values(erase_at=due))


def _ahead(table: Table, now: datetime) -> Select[Any]:
    waits = table.c.erase_at.is_not(None) & (table.c.erase_at < NEVER)
    query = select(table.c.id, table.c.erase_at, changes.c.at).join(changes, changes.c.id == table.c.forgotten_in)
    return query.where(waits, changes.c.at > now)


def abandon(db: Connection, chat: str, now: datetime) -> None:
    """Forget all of a chat, what was forgotten before included, to be erased at once; drop its changes."""
    for table in (concepts, kept_photos):
        db.execute(update(table).where(table.c.chat == chat).values(erase_at=now))
    db.execute(delete(changes).where(changes.c.chat == chat))
    for table in (answered, lines, consents, refused_faces, pointers, asked):
        db.execute(delete(table).where(table.c.chat == chat))
    # The row of what is being answered right now stays, without its content, until that is done.
    db.execute(update(inbox).where(inbox.c.chat == chat).values(update={}, guard=b""))
    db.execute(update(chats).where(chats.c.key == chat).values(settings={}, erase_at=None))


def drop_if_empty(db: Connection, chat: str) -> None:
    """Delete the chat's own row unless somebody remembered something there meanwhile."""
    inhabited = exists().where(concepts.c.chat == chat) | exists().where(changes.c.chat == chat)
    inhabited |= exists().where(kept_photos.c.chat == chat) | exists().where(refused_faces.c.chat == chat)
    db.execute(delete(chats).where(chats.c.key == chat, ~inhabited))
