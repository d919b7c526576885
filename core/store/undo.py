"""Taking edits back: each change on record knows what it did."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, exists, select, update

from core.errors import NotAllowed, UserError
from core.i18n.lazy_strings import gettext_noop
from core.store.edits import Edit, refuse_taken, set_name, set_region
from core.store.erasing import erase
from core.store.reading import living_in
from core.store.schema import changes, concepts, infos, references
from core.store.values import ChangeKind, Undone

_TOO_LATE = gettext_noop("It is too late to take that back: it has been erased for good.")


def undo(edit: Edit, change_id: int | None) -> Undone:
    """Take a change back: the given one, or the last one that was not taken back.

    Raises `UserError` when there is none, when it isn't theirs, or when it can't be taken back any more.
    """
    query = select(changes).where(changes.c.chat == edit.chat)
    if change_id is None:
        query = query.where(changes.c.undone_by.is_(None)).order_by(changes.c.id.desc()).limit(1)
    else:
        query = query.where(changes.c.id == change_id)
    row = edit.db.execute(query).first()
    if row is None:
        raise UserError("There is nothing to take back.")
    if not edit.may_change(row.author_id):
        raise NotAllowed("Only who made that change, or an admin, may take it back.")
    if row.undone_by is not None:
        raise UserError("That was taken back already.")
    if row.erased:
        raise UserError(_TOO_LATE)
    undone = _take_back(edit, row)
    _close(edit, changes.c.id == row.id)
    return undone


def _close(edit: Edit, which: Any) -> None:
    """Mark changes as taken back and drop what they kept for that."""
    open_ones = update(changes).where(which, changes.c.undone_by.is_(None))
    edit.db.execute(open_ones.values(undone_by=edit.by.id, detail=None, kept=None))


def _take_back(edit: Edit, row: Row[Any]) -> Undone:
    kind = ChangeKind(row.kind)
    if kind in {ChangeKind.FORGET, ChangeKind.FORGET_ALL}:
        return _bring_back(edit, row)
    concept = _require(edit, row.concept)
    match kind:
        case ChangeKind.RENAME:
            return _unname(edit, row, concept)
        case ChangeKind.CATEGORISE:
            return _uncategorise(edit, row, concept)
        case ChangeKind.MOVE:
            return _move_back(edit, row, concept)
        case _:
            return _take_out(edit, row, concept)


def _require(edit: Edit, concept_id: int) -> Row[Any]:
    query = select(concepts)
    found: Row[Any] | None = edit.db.execute(query.where(living_in(edit.chat), concepts.c.id == concept_id)).first()
    if found is None:
        raise UserError("That one is forgotten. Take that back first.")
    return found


def _take_out(edit: Edit, row: Row[Any], concept: Row[Any]) -> Undone:
    """Erase what was added: references, texts, and the concept itself if nothing is left of it."""
    added = row.detail
    edit.db.execute(delete(references).where(references.c.id.in_(added.get("references", ()))))
    edit.db.execute(delete(infos).where(infos.c.id.in_(added.get("infos", ()))))
    if "before" in added and concept.category == added["after"]:
        _set_category(edit, concept.id, added["before"])
    gone = added.get("created", False) and not _anything_left(edit, concept.id)
    if gone:
        _close(edit, changes.c.concept == concept.id)
        erase(edit.db, [concept.id])
    return Undone(ChangeKind(row.kind), concept.name, gone=gone)


def _anything_left(edit: Edit, concept_id: int) -> bool:
    photo = exists().where(references.c.concept == concept_id, ~references.c.negative)
    return bool(edit.db.scalar(select(photo | exists().where(infos.c.concept == concept_id))))


def _unname(edit: Edit, row: Row[Any], concept: Row[Any]) -> Undone:
    before, after = row.detail["before"], row.detail["after"]
    _refuse_changed_since(concept.name, after)
    refuse_taken(edit, before, concept.id)
    set_name(edit.db, concept.id, before)
    return Undone(ChangeKind.RENAME, before, before=after)


def _uncategorise(edit: Edit, row: Row[Any], concept: Row[Any]) -> Undone:
    before, after = row.detail["before"], row.detail["after"]
    _refuse_changed_since(concept.category, after)
    _set_category(edit, concept.id, before)
    return Undone(ChangeKind.CATEGORISE, concept.name, before=after)


def _move_back(edit: Edit, row: Row[Any], concept: Row[Any]) -> Undone:
    [reference_id] = row.detail["references"]
    box = edit.db.scalar(select(references.c.box).where(references.c.id == reference_id))
    _refuse_changed_since(box, row.detail["after"])
    # Another encoder's embedding is no use: without one the reference is embedded anew.
    data = row.kept if row.detail["encoder"] == edit.encoder else None
    set_region(edit, reference_id, row.detail["before"], data)
    return Undone(ChangeKind.MOVE, concept.name)


def _bring_back(edit: Edit, row: Row[Any]) -> Undone:
    mine = (concepts.c.chat == edit.chat) & (concepts.c.forgotten_in == row.id)
    still_there = mine & (concepts.c.erase_at > edit.at)
    query = select(concepts.c.id, concepts.c.name).where(still_there).order_by(concepts.c.id)
    back = edit.db.execute(query).all()
    if not back:
        raise UserError(_TOO_LATE)
    for concept in back:
        refuse_taken(edit, concept.name, concept.id)
    edit.db.execute(update(concepts).where(still_there).values(erase_at=None, forgotten_in=None))
    return Undone(ChangeKind(row.kind), back[0].name, count=len(back))


def _set_category(edit: Edit, concept_id: int, category: str | None) -> None:
    edit.db.execute(update(concepts).where(concepts.c.id == concept_id).values(category=category))


def _refuse_changed_since(now: object, after: object) -> None:
    if now != after:
        raise UserError("That was changed again since then. Take the later change back first.")
