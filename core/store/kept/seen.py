"""What was seen: the diary of sightings, and the photos that people chose to keep, with whom they show.

Plain functions on a connection. Where two concepts become one, `hand_over` gives what one of them has here to the
other, and `hand_back` parts them again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, true

from core.commands.settings import ChatSettings, Diary
from core.messages import Sender
from core.policy.quotas import Usage
from core.store import reading
from core.store.keys.sealing import ask, insert_row
from core.store.keys.sealing import hand_over as hand_over_rows
from core.store.reading import LIVING, living_in
from core.store.schema import chats, concepts, kept_photos, kept_shows, sightings
from core.store.values import KeptPhoto, NewKept, SightingNote, Totals

MOST_NOTES = 500  # sightings of one concept; the oldest go
_SAME = 50  # of the last sightings of a concept, one of which may be of the very same photo

# ── the diary ─────────────────────────────────────────────────────────────────────────────────────


def note(db: Connection, chat: str, concept_ids: Iterable[int], sender: str, message: str, at: datetime) -> None:
    """Note that concepts were seen in the photos of a message, once for each, if the chat keeps a diary."""
    stored = db.scalar(select(chats.c.settings).where(chats.c.key == chat)) or {}
    if ChatSettings.of(stored).diary is Diary.OFF:
        return
    for concept_id in db.scalars(select(concepts.c.id).where(living_in(chat), concepts.c.id.in_(concept_ids))).all():
        last = select(sightings.c.message).where(sightings.c.concept == concept_id)
        if message not in db.scalars(last.order_by(sightings.c.id.desc()).limit(_SAME)).all():
            add_notes(db, concept_id, [SightingNote(at, sender)], message)


def add_notes(db: Connection, concept_id: int, notes: Sequence[SightingNote], message: str = "") -> list[int]:
    """Add sightings of a concept; returns their ids. Beyond `MOST_NOTES` the oldest go."""
    rows = [{"concept": concept_id, "at": one.at, "sender": one.sender, "message": message} for one in notes]
    ids = [insert_row(db, sightings, row) for row in rows]
    mine = sightings.c.concept == concept_id
    newest = select(sightings.c.id).where(mine).order_by(sightings.c.at.desc(), sightings.c.id.desc())
    db.execute(delete(sightings).where(mine, sightings.c.id.in_(newest.offset(MOST_NOTES))))
    return ids


def add_unknown(db: Connection, chat: str, concept_id: int, notes: Sequence[SightingNote]) -> list[int]:
    """Add the sightings of a concept that the diary doesn't have yet; returns their ids."""
    there = read_notes(db, chat, concept_id, MOST_NOTES)
    return add_notes(db, concept_id, [one for one in dict.fromkeys(notes) if one not in there])


def read_notes(db: Connection, chat: str, concept_id: int, most: int) -> tuple[SightingNote, ...]:
    """The last sightings of a concept, the newest first."""
    query = (
        select(sightings.c.at, sightings.c.sender).join(concepts).where(living_in(chat), concepts.c.id == concept_id)
    )
    rows = ask(db, query.order_by(sightings.c.at.desc(), sightings.c.id.desc()).limit(most))
    return tuple(SightingNote(row.at, row.sender) for row in rows)


def count_notes(db: Connection, chat: str) -> int:
    """How many sightings the chat's diary holds."""
    return db.scalar(select(func.count()).select_from(sightings).join(concepts).where(concepts.c.chat == chat)) or 0


def clear_notes(db: Connection, chat: str) -> None:
    """Erase the chat's diary, also what is in it of those that are forgotten."""
    mine = select(concepts.c.id).where(concepts.c.chat == chat)
    db.execute(delete(sightings).where(sightings.c.concept.in_(mine)))


# ── kept photos ───────────────────────────────────────────────────────────────────────────────────


def kept_in(chat: str) -> ColumnElement[bool]:
    """The condition for the photos that a chat keeps: none that was let go, or may show who is forgotten."""
    shows = exists().where(kept_shows.c.kept == kept_photos.c.id, kept_shows.c.concept == concepts.c.id)
    forgotten = shows.where(concepts.c.erase_at.is_not(None))
    return (kept_photos.c.chat == chat) & kept_photos.c.erase_at.is_(None) & ~forgotten


def find_kept(db: Connection, chat: str, message: str) -> int | None:
    """The number of the photo of a message if the chat keeps it."""
    return db.scalar(select(kept_photos.c.number).where(kept_in(chat), kept_photos.c.message == message))


def add_kept(db: Connection, chat: str, new: NewKept, by: Sender, author: str, at: datetime) -> int:
    """Keep a photo under the next number; returns its id."""
    last = db.scalar(select(func.max(kept_photos.c.number)).where(kept_photos.c.chat == chat)) or 0
    row = {"chat": chat, "number": last + 1, "size": len(new.photo), "at": min(new.at or at, at), "person": by.id}
    row |= {"author": author, "message": new.message, "photo": new.photo}
    kept_id = insert_row(db, kept_photos, row)
    for concept_id, sure in new.shows.items():
        _show(db, kept_id, concept_id, sure=sure)
    return kept_id


def read_kept(db: Connection, where: ColumnElement[bool]) -> tuple[KeptPhoto, ...]:
    """The kept photos that meet a condition, the newest first, without their pixels."""
    columns = (kept_photos.c[name] for name in ("id", "number", "author", "at"))
    rows = ask(db, select(*columns).where(where).order_by(kept_photos.c.id.desc())).all()
    shown = select(kept_shows.c.kept, kept_shows.c.sure, concepts.c.id, concepts.c.name).join(concepts)
    names: dict[int, list[str]] = {row.id: [] for row in rows}
    perhaps: dict[int, list[str]] = {row.id: [] for row in rows}
    for row in ask(db, shown.where(kept_shows.c.kept.in_(names)).order_by(concepts.c.id)):
        (names if row.sure else perhaps)[row.kept].append(row.name)
    return tuple(
        KeptPhoto(row.id, row.number, row.author, row.at, tuple(names[row.id]), tuple(perhaps[row.id])) for row in rows
    )


def read_kept_of(db: Connection, chat: str, concept_ids: Collection[int]) -> tuple[KeptPhoto, ...]:
    """The kept photos that surely show all of these, the newest first; all that are kept without any."""
    where = kept_in(chat)
    for concept_id in concept_ids:
        shows = exists().where(kept_shows.c.kept == kept_photos.c.id, kept_shows.c.concept == concept_id)
        where &= shows.where(kept_shows.c.sure)
    return read_kept(db, where)


def read_kept_pixels(db: Connection, chat: str, kept_ids: Collection[int]) -> dict[int, bytes]:
    """The JPEGs of kept photos by their ids."""
    query = select(kept_photos.c.id, kept_photos.c.photo).where(kept_in(chat), kept_photos.c.id.in_(kept_ids))
    return {row.id: row.photo for row in ask(db, query)}


def read_usage(db: Connection, chat: str) -> Usage:
    """How much a chat keeps, counted without reading a photo."""
    return _with_kept(db, reading.read_usage(db, living_in(chat)), kept_in(chat))


def read_usage_of(db: Connection, platform: str, person: str) -> Usage:
    """What a person of a platform has made the bot keep, in whichever chat."""
    here = kept_photos.c.chat.startswith(f"{platform}:", autoescape=True) & (kept_photos.c.person == person)
    return _with_kept(db, reading.read_usage_of(db, platform, person), here)


def read_totals(db: Connection) -> Totals:
    """How much all chats keep together."""
    used = _with_kept(db, reading.read_usage(db, LIVING), true())
    return Totals(reading.count_chats(db), used.concepts, used.references, used.bytes)


def _with_kept(db: Connection, used: Usage, where: ColumnElement[bool]) -> Usage:
    sizes = select(func.count(), func.coalesce(func.sum(kept_photos.c.size), 0)).select_from(kept_photos)
    count, size = db.execute(sizes.where(where)).one()
    return Usage(used.concepts, used.references + count, used.bytes + int(size))


# ── what people say of a photo afterwards ─────────────────────────────────────────────────────────


def correct(db: Connection, chat: str, concept_id: int, message: str, number: int, *, yes: bool) -> dict[str, Any]:
    """Somebody says of photo `number` (from 0) of a message that it is the concept, or isn't.

    What the diary and the kept photos say is put right; returns what `uncorrect` needs.
    """
    kept = select(kept_photos.c.id).where(kept_photos.c.chat == chat, kept_photos.c.message == f"{message} {number}")
    shows = (kept_shows.c.concept == concept_id) & kept_shows.c.kept.in_(kept)
    before = [[row.kept, row.sure] for row in db.execute(select(kept_shows).where(shows))]
    done: dict[str, Any] = {"kept": before}
    db.execute(delete(kept_shows).where(shows))
    if yes:
        done["shown"] = list(db.scalars(kept))
        for kept_id in done["shown"]:
            _show(db, kept_id, concept_id, sure=True)
        return done
    noted = (sightings.c.concept == concept_id) & (sightings.c.message == message)
    rows = ask(db, select(sightings).where(noted)).all()
    done["noted"] = [[row.at.timestamp(), row.sender, row.message] for row in rows]
    db.execute(delete(sightings).where(noted))
    return done


def uncorrect(db: Connection, concept_id: int, done: dict[str, Any]) -> None:
    """Take back what `correct` did."""
    there = set(db.scalars(select(kept_photos.c.id).where(kept_photos.c.id.in_([one for one, _ in done["kept"]]))))
    mine = kept_shows.c.concept == concept_id
    db.execute(delete(kept_shows).where(mine, kept_shows.c.kept.in_(done.get("shown", ()))))
    for kept_id, sure in done["kept"]:
        if kept_id in there:
            _show(db, kept_id, concept_id, sure=sure)
    for at, sender, message in done.get("noted", ()):
        add_notes(db, concept_id, [SightingNote(datetime.fromtimestamp(at, UTC), sender)], message)


def hand_over(db: Connection, old: int, new: int) -> dict[str, Any]:
    """Give what the diary and the kept photos have of the concept `old` to `new`; returns what `hand_back` needs."""
    noted = list(db.scalars(select(sightings.c.id).where(sightings.c.concept == old)))
    hand_over_rows(db, sightings, sightings.c.concept == old, new)
    shown = db.execute(select(kept_shows).where(kept_shows.c.concept == old)).all()
    both = {row.kept: row.sure for row in db.execute(select(kept_shows).where(kept_shows.c.concept == new))}
    db.execute(delete(kept_shows).where(kept_shows.c.concept == old))
    for row in shown:
        _show(db, row.kept, new, sure=row.sure or both.get(row.kept, False))
    return {"noted": noted, "kept": [[row.kept, row.sure, both.get(row.kept)] for row in shown]}


def hand_back(db: Connection, old: int, new: int, done: dict[str, Any]) -> None:
    """Take back what `hand_over` did; what came to `new` since then stays there."""
    mine = (sightings.c.concept == new) & sightings.c.id.in_(done["noted"])
    hand_over_rows(db, sightings, mine, old)
    there = set(db.scalars(select(kept_shows.c.kept).where(kept_shows.c.concept == new)))
    for kept_id, sure, also in done["kept"]:
        if kept_id in there:  # else it was let go, or said not to show them
            db.execute(delete(kept_shows).where(kept_shows.c.kept == kept_id, kept_shows.c.concept == new))
            _show(db, kept_id, old, sure=sure)
            if also is not None:
                _show(db, kept_id, new, sure=also)


def _show(db: Connection, kept_id: int, concept_id: int, *, sure: bool) -> None:
    db.execute(delete(kept_shows).where(kept_shows.c.kept == kept_id, kept_shows.c.concept == concept_id))
    db.execute(insert(kept_shows).values(kept=kept_id, concept=concept_id, sure=sure))
