"""Whole chats: those that were left, those that go on under another id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select, update

from core.names import numbered
from core.store.edits.choices import close_training
from core.store.edits.edit import bump
from core.store.edits.rows import set_name
from core.store.erasing import abandon
from core.store.keys.sealing import ask, hand_over
from core.store.reading import find, living_in, read_revision
from core.store.schema import (
    changes,
    chats,
    concepts,
    consents,
    kept_photos,
    lines,
    reference_authors,
    references,
    refused_faces,
)


def leave(db: Connection, chat: str, until: datetime | None) -> None:
    """Let a chat be erased at a time, or not at all: an edit, which a backup of an earlier revision hasn't heard of."""
    new = (chats.c.key == chat) & chats.c.erase_at.is_distinct_from(until)
    db.execute(update(chats).where(new).values(erase_at=until, revision=chats.c.revision + 1))


def any_left(db: Connection, now: datetime) -> bool:
    """Whether the time of some chat that was left has come."""
    return bool(db.scalar(select(exists().where(chats.c.erase_at <= now))))


def abandon_left(db: Connection, now: datetime) -> list[str]:
    """Forget all of the chats whose time has come; returns their keys."""
    # In the transaction that abandons them: somebody may have asked the bot back a moment ago.
    due = select(chats.c.key).where(chats.c.erase_at <= now).order_by(chats.c.key)
    keys = list(db.scalars(due.with_for_update()))
    for key in keys:
        bump(db, key)
        abandon(db, key, now)
    return keys


def move(db: Connection, old: str, new: str) -> None:
    """Hand everything of `old` over to `new`, which may have a memory of its own.

    Where both know a name, the older concept keeps it and the other gets " (2)".
    """
    if old == new or not read_revision(db, old):
        return
    for chat in sorted((old, new)):  # first of all, and in one order: two moves wait for each other's end, not both
        bump(db, chat)
    here = (chats.c.key == new) & chats.c.settings["training"].as_string().is_not(None)
    if db.scalar(select(exists().where(living_in(new)) | exists().where(here))):
        # Nobody has agreed to what two memories hold together.
        for chat in (old, new):
            close_training(db, chat)
    settings = {row.key: row.settings for row in db.execute(select(chats).where(chats.c.key.in_([old, new])))}
    db.execute(update(chats).where(chats.c.key == new).values(settings=settings[old] | settings[new]))
    for coming in ask(db, select(concepts).where(living_in(old)).order_by(concepts.c.id)).all():
        namesake = ask(db, select(concepts).where(concepts.c.id == find(db, new, coming.name))).first()
        if namesake is not None:
            younger = max(coming, namesake, key=lambda concept: concept.created_at)
            free = (name for name in numbered(younger.name) if all(find(db, chat, name) is None for chat in (old, new)))
            set_name(db, younger.id, next(free))
    last = db.scalar(select(func.max(kept_photos.c.number)).where(kept_photos.c.chat == new)) or 0
    coming_photos = update(kept_photos).where(kept_photos.c.chat == old)
    db.execute(coming_photos.values(number=kept_photos.c.number + last))
    for table in (concepts, changes, kept_photos, lines, consents, refused_faces):
        hand_over(db, table, table.c.chat == old, new)
    group, now = (
        key.partition(":")[2] for key in (old, new)
    )  # who wrote in the name of the group goes on as the group
    photos = select(references.c.id).join(concepts).where(concepts.c.chat == new)
    for column, here in (
        (concepts.c.creator_id, concepts.c.chat == new),
        (changes.c.author_id, changes.c.chat == new),
        (kept_photos.c.person, kept_photos.c.chat == new),
        (reference_authors.c.person, reference_authors.c.reference.in_(photos)),
    ):
        db.execute(update(column.table).where(here, column == group).values({column.name: now}))
    db.execute(delete(chats).where(chats.c.key == old))
