"""Taking edits back: each change on record knows what it did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, exists, insert, select, update

from core.errors import NotAllowed, UserError
from core.i18n.lazy_strings import gettext_noop
from core.names import numbered
from core.policy.permissions import is_admin, is_own
from core.store.edits.edit import Edit
from core.store.edits.rows import refuse_taken, set_category, set_name, set_region
from core.store.erasing import erase, erase_kept
from core.store.kept import seen
from core.store.keys.sealing import ask, hand_over, insert_row
from core.store.reading import find, living_in
from core.store.schema import NEVER, changes, concepts, info_authors, infos, kept_photos, references, sightings
from core.store.values import ChangeKind, Undone

_TOO_LATE = gettext_noop("It is too late to take that back: it has been erased for good.")

# What an undo would erase for good, once its time is over, and how that can be let go of still.
_OTHER_WAYS = {
    ChangeKind.REMEMBER: gettext_noop(
        "That was too long ago for Undo. /forget {name} still makes me forget {name}; for one photo alone there is "
        "/remove {name} with its number in /show {name}."
    ),
    ChangeKind.DESCRIBE: gettext_noop(
        "That was too long ago for Undo. /describe {name} | with nothing behind it lets go of what I was told about "
        "{name}, and /forget {name} makes me forget {name}."
    ),
    ChangeKind.IMPORT: gettext_noop(
        "That was too long ago for Undo. /list shows everyone I know here, and /forget with a name still makes me "
        "forget them."
    ),
    ChangeKind.KEEP: gettext_noop("That was too long ago for Undo. /unkeep {name} still lets go of photo {name}."),
}

_SETS_A_CATEGORY = (ChangeKind.CATEGORISE, ChangeKind.REMEMBER, ChangeKind.IMPORTED, ChangeKind.MERGE)
_SETS_THE_SAME = {
    ChangeKind.RENAME: (ChangeKind.RENAME,),
    ChangeKind.MOVE: (ChangeKind.MOVE,),
    ChangeKind.CATEGORISE: _SETS_A_CATEGORY,
    ChangeKind.REMEMBER: _SETS_A_CATEGORY,
    ChangeKind.IMPORTED: _SETS_A_CATEGORY,
    ChangeKind.MERGE: _SETS_A_CATEGORY,
    ChangeKind.COVER: (ChangeKind.COVER,),
}


def undo(edit: Edit, change_id: int | None, seconds: float | None) -> Undone:
    """Take a change back: the given one, or the last one of theirs that was not taken back.

    Who has made none takes the chat's last one back, if they may. What was taught is erased by that, and only for so
    many `seconds`; None sets no limit.

    Raises `UserError` when there is none, when it isn't theirs, or when it can't be taken back any more.
    """
    query = select(changes).where(changes.c.chat == edit.chat)
    if change_id is None:
        mine = (changes.c.author_id == edit.by.id) & (changes.c.author_id != "")
        whole = changes.c.undone_by.is_(None) & (changes.c.kind != ChangeKind.IMPORTED)
        query = query.where(whole).order_by(mine.desc(), changes.c.id.desc()).limit(1)
    else:
        query = query.where(changes.c.id == change_id)
    row = ask(edit.db, query).first()
    if row is None:
        raise UserError("There is nothing to take back.")
    may = edit.may_change(row.author_id)
    if row.kind == ChangeKind.FORGET_ALL:  # what took an admin takes one to bring back, whatever others may edit here
        may = is_own(edit.by, row.author_id) or is_admin(edit.by, edit.scope)
    if not may:
        raise NotAllowed("Only who made that change, or an admin, may take it back.")
    if row.undone_by is not None:
        raise UserError("That was taken back already.")
    if row.erased:
        raise UserError(_TOO_LATE)
    if seconds is not None and row.kind in _OTHER_WAYS:
        _refuse_old(edit, row, timedelta(seconds=seconds))
    if row.kind in {ChangeKind.FORGET, ChangeKind.FORGET_ALL}:
        undone = _bring_back(edit, row)
    elif row.kind in {ChangeKind.KEEP, ChangeKind.UNKEEP}:
        undone = _keep_as_before(edit, row)
    else:
        undone = _take_import_out(edit, row) if row.kind == ChangeKind.IMPORT else _revert(edit, row)
    _close(edit, changes.c.id == row.id)
    return undone


def _refuse_old(edit: Edit, row: Row[Any], limit: timedelta) -> None:
    """Raise `UserError` with what can be done instead, where the undo of what was taught comes too late."""
    kind, at = ChangeKind(row.kind), row.at
    if kind is ChangeKind.IMPORT:  # it is over when its last part is in
        parts = (changes.c.chat == edit.chat) & (changes.c.kind == ChangeKind.IMPORTED) & (changes.c.id > row.id)
        every = ask(edit.db, select(changes.c.at, changes.c.detail).where(parts)).all()
        at = max((one.at for one in every if (one.detail or {}).get("import") == row.id), default=at)
    if edit.steady_at - at <= limit:
        return
    name = ask(edit.db, select(concepts.c.name).where(living_in(edit.chat), concepts.c.id == row.concept)).scalar()
    if kind is ChangeKind.KEEP:
        name = edit.db.scalar(select(kept_photos.c.number).where(kept_photos.c.id == row.detail["kept"]))
    if name is not None or kind is ChangeKind.IMPORT:  # else it is gone already, and who undoes it hears why
        raise UserError(_OTHER_WAYS[kind], name=str(name))


def _bring_back(edit: Edit, row: Row[Any]) -> Undone:
    """Put what a change has forgotten back in its place; under another name where its own was taken meanwhile."""
    mine = (concepts.c.chat == edit.chat) & (concepts.c.forgotten_in == row.id)
    query = (
        select(concepts.c.id, concepts.c.name).where(mine, concepts.c.erase_at > edit.steady_at).order_by(concepts.c.id)
    )
    back = ask(edit.db, query).all()
    photos = _bring_photos_back(edit, row) if row.kind == ChangeKind.FORGET_ALL else 0
    if not back and not photos:
        raise UserError(_TOO_LATE)
    name, before = "", None
    for concept in back:
        name = _show_again(edit, concept)
        before = back[0].name if name != concept.name else None
    return Undone(ChangeKind(row.kind), name, before=before, count=len(back))


def _show_again(edit: Edit, concept: Row[Any]) -> str:
    """Let a hidden concept be in every reading again; returns its name, another one where that was taken meanwhile."""
    name: str = concept.name
    if find(edit.db, edit.chat, name) is not None:  # that takes nobody's undo away
        name = next(one for one in numbered(name) if find(edit.db, edit.chat, one) is None)
        set_name(edit.db, concept.id, name)
    edit.db.execute(update(concepts).where(concepts.c.id == concept.id).values(erase_at=None, forgotten_in=None))
    return name


def _bring_photos_back(edit: Edit, row: Row[Any]) -> int:
    """Keep the photos again that a change has let go; returns how many."""
    mine = (
        (kept_photos.c.chat == edit.chat)
        & (kept_photos.c.forgotten_in == row.id)
        & (kept_photos.c.erase_at > edit.steady_at)
    )
    return edit.db.execute(update(kept_photos).where(mine).values(erase_at=None, forgotten_in=None)).rowcount


def _keep_as_before(edit: Edit, row: Row[Any]) -> Undone:
    """Let go of a photo that was kept, or keep the one again that was let go."""
    kind, kept = ChangeKind(row.kind), (kept_photos.c.id == row.detail["kept"]) & (kept_photos.c.chat == edit.chat)
    number = edit.db.scalar(select(kept_photos.c.number).where(kept))
    if kind is ChangeKind.UNKEEP and not _bring_photos_back(edit, row):
        raise UserError(_TOO_LATE)
    if number is None:
        raise UserError("I don't have that photo any more.")
    if kind is ChangeKind.KEEP:
        erase_kept(edit.db, [row.detail["kept"]])
    return Undone(kind, str(number))


def _close(edit: Edit, which: Any) -> None:
    """Mark changes as taken back and drop what they kept for that."""
    open_ones = update(changes).where(which, changes.c.undone_by.is_(None))
    edit.db.execute(open_ones.values(undone_by=edit.by.id, detail=None, kept=None, guard=b""))


def _revert(edit: Edit, row: Row[Any]) -> Undone:
    """Take back a change of one living concept, unless a later change stands on it."""
    query = select(concepts).where(living_in(edit.chat), concepts.c.id == row.concept)
    concept = ask(edit.db, query).first()
    if concept is None:
        merged = exists().where(concepts.c.id == row.concept, concepts.c.erase_at == NEVER)
        if edit.db.scalar(select(merged)):
            raise UserError("That one is part of another one now. Take that back first.")
        raise UserError("That one is forgotten. Take that back first.")
    kind, detail = ChangeKind(row.kind), row.detail
    if regroup := _REGROUPED.get(kind):
        return regroup(edit, row, concept)
    if kind is ChangeKind.RENAME:
        _refuse_changed_since(edit, row, concept.name)
        refuse_taken(edit, detail["before"], concept.id)
        set_name(edit.db, concept.id, detail["before"])
        return Undone(kind, detail["before"], before=detail["after"])
    if kind is ChangeKind.CATEGORISE:
        _refuse_changed_since(edit, row, concept.category)
        set_category(edit.db, concept.id, detail["before"])
        return Undone(kind, concept.name, before=detail["after"])
    if kind is ChangeKind.MOVE:
        [reference_id] = detail["references"]
        box = edit.db.scalar(select(references.c.box).where(references.c.id == reference_id))
        _refuse_changed_since(edit, row, box)
        # Another encoder's embedding is no use: without one the reference is embedded anew.
        data = row.kept if detail["encoder"] == edit.encoder else None
        set_region(edit, concept.id, reference_id, detail["before"], data)
        return Undone(kind, concept.name)
    return Undone(kind, concept.name, gone=_take_out(edit, row, concept))


def _part(edit: Edit, row: Row[Any], concept: Row[Any]) -> Undone:
    """Make two of one again: what came of the other one goes back to it, as far as it is still here."""
    mine = (concepts.c.forgotten_in == row.id) & (concepts.c.erase_at == NEVER)
    other = ask(edit.db, select(concepts).where(mine)).first()
    if other is None:
        raise UserError(_TOO_LATE)
    for table, key, here, to in (
        (references, "references", concept.id, other.id),
        (references, "aside", other.id, concept.id),
        (infos, "infos", concept.id, other.id),
    ):
        theirs = table.c.id.in_(row.detail[key]) & (table.c.concept == here)
        hand_over(edit.db, table, theirs, to)
    seen.hand_back(edit.db, other.id, concept.id, row.detail["handed"])
    if "before" in row.detail and not _has_changed_since(edit, row, concept.category):
        set_category(edit.db, concept.id, row.detail["before"])
    name = _show_again(edit, other)
    return Undone(ChangeKind.MERGE, concept.name, before=name, gone=_erase_if_bare(edit, row, concept.id))


def _put_back(edit: Edit, row: Row[Any], concept: Row[Any]) -> Undone:
    """Give a photo, or texts, that were taken away back to their concept; texts that came in their place go."""
    for told, author, at, *person in row.detail.get("told", ()):  # an older version kept the texts in the change
        info = {"concept": concept.id, "at": datetime.fromtimestamp(at, UTC), "author": author, "text": told}
        info_id = insert_row(edit.db, infos, info)
        if any(person):
            edit.db.execute(insert(info_authors).values(info=info_id, person=person[0]))
    if "told" in row.detail:
        return Undone(ChangeKind.UNDESCRIBE, concept.name)
    mine = (concepts.c.forgotten_in == row.id) & (concepts.c.erase_at > edit.steady_at)
    holder = edit.db.scalar(select(concepts.c.id).where(mine))
    if holder is None:
        raise UserError(_TOO_LATE)
    for table in (references, infos):
        hand_over(edit.db, table, table.c.concept == holder, concept.id)
    edit.db.execute(delete(infos).where(infos.c.id.in_(row.detail.get("infos", ()))))
    edit.db.execute(delete(concepts).where(concepts.c.id == holder))
    return Undone(ChangeKind(row.kind), concept.name)


def _give_back(edit: Edit, row: Row[Any], concept: Row[Any]) -> Undone:
    """Let a photo be of the concept that it was taken from; one that was made for it goes if it has nothing else."""
    other = ask(edit.db, select(concepts).where(living_in(edit.chat), concepts.c.id == row.detail["to"])).first()
    if other is None:
        raise UserError("That one is forgotten. Take that back first.")
    moved = references.c.id.in_(row.detail["references"]) & (references.c.concept == other.id)
    if not hand_over(edit.db, references, moved, concept.id):
        raise UserError("That was changed again since then. Take the later change back first.")
    return Undone(ChangeKind.REASSIGN, concept.name, before=other.name, gone=_erase_if_bare(edit, row, other.id))


def _uncover(edit: Edit, row: Row[Any], concept: Row[Any]) -> Undone:
    """Let the photo stand for its concept that did before."""
    _refuse_changed_since(edit, row, concept.cover)
    edit.db.execute(update(concepts).where(concepts.c.id == concept.id).values(cover=row.detail["before"]))
    return Undone(ChangeKind.COVER, concept.name)


_REGROUPED = {
    ChangeKind.MERGE: _part,
    ChangeKind.REMOVE: _put_back,
    ChangeKind.UNDESCRIBE: _put_back,
    ChangeKind.RETELL: _put_back,
    ChangeKind.REASSIGN: _give_back,
    ChangeKind.COVER: _uncover,
}


def _take_import_out(edit: Edit, row: Row[Any]) -> Undone:
    """Erase all that an archive added, the newest first, also from concepts that are forgotten but not erased yet."""
    mine = (changes.c.chat == edit.chat) & (changes.c.kind == ChangeKind.IMPORTED) & (changes.c.id > row.id)
    open_ones = select(changes).where(mine, changes.c.undone_by.is_(None)).order_by(changes.c.id.desc())
    touched: dict[int, str] = {}
    photos = 0
    for part in ask(edit.db, open_ones).all():
        concept = ask(edit.db, select(concepts).where(concepts.c.id == part.concept)).first()
        if (part.detail or {}).get("import") != row.id:
            continue
        if concept is None and "kept" in part.detail:
            erase_kept(edit.db, [part.detail["kept"]])
            photos += 1
            _close(edit, changes.c.id == part.id)
        elif concept is not None:
            touched[concept.id] = concept.name
            if not _take_out(edit, part, concept):
                _close(edit, changes.c.id == part.id)
    if not touched and not photos:
        raise UserError(_TOO_LATE)
    return Undone(ChangeKind.IMPORT, next(iter(touched.values()), ""), count=len(touched))


def _take_out(edit: Edit, row: Row[Any], concept: Row[Any]) -> bool:
    """Erase what was added: references, texts, and the concept itself if nothing is left of it: then true."""
    added = row.detail
    edit.db.execute(delete(references).where(references.c.id.in_(added.get("references", ()))))
    edit.db.execute(delete(infos).where(infos.c.id.in_(added.get("infos", ()))))
    edit.db.execute(delete(sightings).where(sightings.c.id.in_(added.get("sightings", ()))))
    if "seen" in added:
        seen.uncorrect(edit.db, concept.id, added["seen"])
    if "before" in added and not _has_changed_since(edit, row, concept.category):
        set_category(edit.db, concept.id, added["before"])
    return _erase_if_bare(edit, row, concept.id)


def _erase_if_bare(edit: Edit, row: Row[Any], concept_id: int) -> bool:
    """Erase a concept that has nothing left when the change that made it, be it this one, is taken back: then true."""
    photo = exists().where(references.c.concept == concept_id, ~references.c.negative)
    merged = exists().where(concepts.c.id == concept_id, concepts.c.erase_at == NEVER)
    left = edit.db.scalar(select(photo | merged | exists().where(infos.c.concept == concept_id)))
    # Whoever taught it first may have taken that back before, when there was still something left.
    earlier = exists().where(
        changes.c.concept == concept_id,
        changes.c.id < row.id,
        changes.c.kind == ChangeKind.REMEMBER,
        changes.c.undone_by.is_not(None),
    )
    if left or not (row.detail.get("created", False) or edit.db.scalar(select(earlier))):
        return False
    _close(edit, changes.c.concept == concept_id)
    erase(edit.db, [concept_id])
    return True


def _has_changed_since(edit: Edit, row: Row[Any], now: object) -> bool:
    """Whether what the change has set is no longer so, or was set again by a later change that stands."""
    kinds = _SETS_THE_SAME[ChangeKind(row.kind)]
    later = (changes.c.concept == row.concept) & (changes.c.id > row.id) & changes.c.undone_by.is_(None)
    found = ask(edit.db, select(changes.c.detail).where(later, changes.c.kind.in_(kinds))).scalars()
    details = [one or {} for one in found]
    if row.kind == ChangeKind.MOVE:
        details = [one for one in details if one.get("references") == row.detail["references"]]
    return now != row.detail["after"] or any("before" in one for one in details)


def _refuse_changed_since(edit: Edit, row: Row[Any], now: object) -> None:
    if _has_changed_since(edit, row, now):
        raise UserError("That was changed again since then. Take the later change back first.")
