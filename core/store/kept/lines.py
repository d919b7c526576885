"""What was said on the web page, for whoever opens it again: text alone, in memory of what the chat knows.

Every edit of the store takes out of them what the chat no longer knows after it, in its own transaction: a reply that
rests on it loses its text, and the words go from everybody's lines. It stays so, also when the edit is taken back.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, exists, select

from core.concepts import Known
from core.names import facts_of, fold, mentioned, redacted
from core.store.keys.sealing import ask, insert_row, rewrite
from core.store.reading import living_in, read_concepts, read_merged, read_revision
from core.store.schema import chats, concepts, lines, revisions
from core.store.values import SaidLine

MASK = "…"  # in place of forgotten words: the same in every language
_MOST_CHANGED = 1000  # concepts that are read one by one
MOST_LINES = 1000  # of one chat; the oldest go


def read_known(db: Connection, chat: str, only: Collection[int] | None = None) -> Known:
    """The names that a chat knows and all texts about them, as `core.recognition.index` has them.

    With `only`, those of these concepts, and of what they are part of; of all where these are many.
    """
    merged, which = read_merged(db, chat), living_in(chat)
    if only is not None and len(only) <= _MOST_CHANGED:
        which &= concepts.c.id.in_({*only, *(one.into for one in merged if one.id in only)})
    known = read_concepts(db, which)
    return Known(0, facts_of(known, merged), frozenset((one.id, fold(one.name)) for one in known))


def read_touched(db: Connection, chat: str) -> frozenset[int]:
    """The concepts that the chat's latest revision has changed, by their ids; none where no line is kept."""
    if not db.scalar(select(exists().where(lines.c.chat == chat))):
        return frozenset()
    latest = (revisions.c.chat == chat) & (revisions.c.revision == read_revision(db, chat))
    return frozenset(db.scalars(select(revisions.c.concept).where(latest))) - {0}


def say(db: Connection, chat: str, said: list[SaidLine], revision: int) -> bool:
    """Keep lines that say what was known at the chat's `revision`; false, and nothing is kept, when it is another now.

    A reply rests on its basis, and on whom it names.
    """
    # Locked: an edit that follows finds the lines, and takes out what it must.
    now = db.scalar(select(chats.c.revision).where(chats.c.key == chat).with_for_update()) or 0
    if now != revision:
        return False
    known = read_concepts(db, living_in(chat))
    for one in said:
        basis = set(one.basis)
        if one.reply:
            named = mentioned(one.text, [concept.name for concept in known])
            basis |= {(concept.id, fold(concept.name)) for concept in known if concept.name in named}
        db.execute(delete(lines).where(lines.c.chat == chat, lines.c.entry == one.entry))
        fields = ("at", "reply", "private", "failed", "pressed", "redacted", "photos", "entry", "about", "author")
        row = {field: getattr(one, field) for field in (*fields, "name", "label", "text")}
        insert_row(db, lines, {"chat": chat, "basis": sorted(map(list, basis)), **row})
    newest = select(lines.c.id).where(lines.c.chat == chat).order_by(lines.c.id.desc())
    db.execute(delete(lines).where(lines.c.chat == chat, lines.c.id.in_(newest.offset(MOST_LINES))))
    return True


def read_lines(db: Connection, chat: str, most: int) -> tuple[SaidLine, ...]:
    """The last lines of a chat, from old to new."""
    rows = ask(db, select(lines).where(lines.c.chat == chat).order_by(lines.c.id.desc()).limit(most)).all()
    return tuple(
        SaidLine(
            entry=row.entry,
            text=row.text,
            at=row.at,
            reply=row.reply,
            about=row.about,
            author=row.author,
            name=row.name,
            label=row.label,
            private=row.private,
            failed=row.failed,
            pressed=row.pressed,
            redacted=row.redacted,
            photos=row.photos,
            basis=frozenset((id, words) for id, words in row.basis),
        )
        for row in reversed(rows)
    )


def let_go(db: Connection, chat: str, before: Known) -> bool:
    """Take out of the chat's lines what it no longer knows; returns whether there was something.

    `before` is what it knew of the concepts that were changed. A reply that rests on a name which was given up for
    another one loses that name alone.
    """
    if before.facts <= read_known(db, chat, {id for id, _ in before.facts}).facts:
        return False  # an edit that only adds reads nothing else
    now = read_known(db, chat)
    lost, former = now.lost_since(before), now.renamed_since(before)
    columns = select(lines.c.id, lines.c.reply, lines.c.label, lines.c.text, lines.c.basis)
    for row in ask(db, columns.where(lines.c.chat == chat)).all():
        changed: dict[str, object] = {}
        was = Known(0, frozenset((id, words) for id, words in row.basis))
        basis = now.renamed(was, former)
        if row.reply and not now.upholds(basis):
            changed = {"text": "", "basis": [], "redacted": True}
        else:
            text, label = redacted(row.text, lost, MASK), redacted(row.label, lost, MASK)
            if (text, label) != (row.text, row.label):
                changed = {"text": text, "label": label}
            if basis != was:
                changed["basis"] = sorted(map(list, basis.facts))
        if changed:
            rewrite(db, lines, row.id, changed)
    return True


def clear(db: Connection, chat: str) -> None:
    """Erase all lines of a chat."""
    db.execute(delete(lines).where(lines.c.chat == chat))


def any_older(db: Connection, before: datetime) -> bool:
    """Whether some line of any chat is older than that."""
    return bool(db.scalar(select(exists().where(lines.c.at < before))))


def erase_older(db: Connection, before: datetime) -> None:
    """Erase the lines of all chats that are older than that."""
    db.execute(delete(lines).where(lines.c.at < before))
