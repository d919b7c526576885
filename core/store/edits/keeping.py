"""Photos that are kept for themselves."""

from __future__ import annotations

from sqlalchemy import func, select

from core.errors import NotAllowed, UnknownConcept, UserError
from core.store.edits.edit import Edit, log
from core.store.edits.rows import hide
from core.store.erasing import erase_kept
from core.store.kept import seen
from core.store.reading import living_in
from core.store.schema import concepts, kept_photos
from core.store.values import ChangeKind, KeptPhoto, NewKept


def keep(edit: Edit, new: NewKept) -> tuple[KeptPhoto, int]:
    """Keep a photo; returns it with the change. Raises `UserError` when it is kept already."""
    if new.message and (number := seen.find_kept(edit.db, edit.chat, new.message)):
        raise UserError("I've kept that photo already: it is number {number}.", number=number)
    _refuse_forgotten(edit, new)
    kept_id = seen.add_kept(edit.db, edit.chat, new, edit.by, edit.author, edit.at)
    change_id = log(edit, ChangeKind.KEEP, None, {"kept": kept_id})
    return seen.read_kept(edit.db, kept_photos.c.id == kept_id)[0], change_id


def _refuse_forgotten(edit: Edit, new: NewKept) -> None:
    living = living_in(edit.chat) & concepts.c.id.in_(new.shows)
    if edit.db.scalar(select(func.count()).select_from(concepts).where(living)) != len(new.shows):
        raise UnknownConcept("Somebody in that photo was forgotten meanwhile, so I haven't kept it.")


def take_in_kept(edit: Edit, new: NewKept, import_id: int | None) -> int:
    """Keep a photo that came with an archive: a part of the import whose id it returns, as in `take_in`."""
    if import_id is None:
        import_id = log(edit, ChangeKind.IMPORT, None)
    _refuse_forgotten(edit, new)
    kept_id = seen.add_kept(edit.db, edit.chat, new, edit.by, edit.author, edit.at)
    log(edit, ChangeKind.IMPORTED, None, {"import": import_id, "kept": kept_id})
    return import_id


def unkeep(edit: Edit, number: int, kept_id: int | None, undo_seconds: float) -> int:
    """Let a kept photo go; returns the change. `kept_id` is what a button adds, so that no old one hits another."""
    query = select(kept_photos.c.id, kept_photos.c.person).where(seen.kept_in(edit.chat))
    row = edit.db.execute(query.where(kept_photos.c.number == number)).first()
    if row is None or (kept_id is not None and kept_id != row.id):
        raise UnknownConcept("I don't have that photo any more.")
    if not edit.may_change(row.person):
        raise NotAllowed("Only whoever kept that photo, or an admin of this chat, may let it go.")
    change_id = log(edit, ChangeKind.UNKEEP, None, {"kept": row.id})
    hide(edit, kept_photos, kept_photos.c.id == row.id, change_id, undo_seconds)
    if undo_seconds <= 0:
        erase_kept(edit.db, [row.id])
    return change_id
