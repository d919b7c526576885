"""Forgetting: out of every reading at once, erased when the time to undo is over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from core.concepts import FaceVector
from core.errors import NotAllowed, UserError
from core.i18n.lazy_strings import gettext_noop
from core.policy.consent import may_agree
from core.store import faces
from core.store.edits.choices import close_training
from core.store.edits.edit import Edit, log
from core.store.edits.rows import hide
from core.store.kept import lines
from core.store.reading import living_in, read_concept, read_revision
from core.store.schema import concepts, kept_photos
from core.store.values import Change, ChangeKind, ReferenceFace

_MAY_FORGET = gettext_noop("Only {creator} or an admin of this chat may forget {name}.")
_MAY_FORGET_ALL = gettext_noop("Only an admin of this chat may erase everything.")


def forget(edit: Edit, concept_id: int, undo_seconds: float) -> Change:
    """Take the concept out of every reading, to be erased when its time comes."""
    concept = read_concept(edit.db, edit.chat, concept_id)
    edit.require_editor(concept, _MAY_FORGET)
    change_id = log(edit, ChangeKind.FORGET, concept_id)
    hide(edit, concepts, concepts.c.id == concept_id, change_id, undo_seconds)
    return Change(change_id, ChangeKind.FORGET, concept)


def forget_all(edit: Edit, undo_seconds: float, asked_at: int | None = None) -> int:
    """Take all of the chat's concepts out of every reading, to be erased when their time comes.

    `asked_at` is the revision of which somebody agreed to erase everything. Returns the change's id.
    """
    edit.require_admin(_MAY_FORGET_ALL)
    if asked_at is not None and read_revision(edit.db, edit.chat) != asked_at + 1:  # `bump` has raised it
        raise UserError("Something has changed here since I asked that. Send /forgetall again.")
    change_id = log(edit, ChangeKind.FORGET_ALL, None)
    hide(edit, concepts, living_in(edit.chat), change_id, undo_seconds)
    lines.clear(edit.db, edit.chat)
    mine = (kept_photos.c.chat == edit.chat) & kept_photos.c.erase_at.is_(None)
    hide(edit, kept_photos, mine, change_id, undo_seconds)
    close_training(edit.db, edit.chat)
    faces.admit_all(edit.db, edit.chat)
    return change_id


def refuse_face(edit: Edit, face: FaceVector, concept_ids: Sequence[int], undo_seconds: float) -> int | None:
    """Recognise a face no more: keep a template of it to tell it by, and forget whose it is, whoever taught them.

    Returns the change by which they are forgotten, None where it was nobody's. Nobody asks that for a channel or a
    group (`NotAllowed`).
    """
    if not may_agree(edit.by):
        raise NotAllowed("Only you yourself can ask for that: write as a person, not as a channel or a group.")
    row = {"chat": edit.chat, "at": edit.at, "person": edit.by.id, "encoder": edit.encoders.faces}
    faces.refuse(edit.db, row | {"data": ReferenceFace(face).to_bytes()})
    known = edit.db.scalars(select(concepts.c.id).where(living_in(edit.chat), concepts.c.id.in_(concept_ids))).all()
    change_id = None
    for concept_id in known:
        change_id = log(edit, ChangeKind.FORGET, concept_id)
        hide(edit, concepts, concepts.c.id == concept_id, change_id, undo_seconds)
    return change_id


def admit_face(edit: Edit) -> bool:
    """Erase the template that somebody had kept of their face; whether there was one."""
    return bool(faces.admit(edit.db, edit.chat, edit.by.id))
