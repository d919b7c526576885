"""Edits of which photos are whose: two concepts become one, a photo is taken away, goes to another or stands for all.

Nothing is deleted for them: references and texts change the concept that they belong to. What is to be in
no reading belongs to a hidden concept, to be taken back or to be erased with it: what was merged keeps its own name
and what contradicts the merging, a photo that was taken away gets a hidden concept of its own (`set_aside`).
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, update

from core.concepts import Concept
from core.errors import UnknownConcept, UserError
from core.i18n.lazy_strings import gettext_noop
from core.store.edits.edit import Edit, done, log
from core.store.edits.rows import change_category, create, set_aside
from core.store.edits.teaching import require_photo_editor
from core.store.kept import seen
from core.store.keys.sealing import hand_over
from core.store.reading import find, living_in, read_concept
from core.store.schema import NEVER, concepts, infos, references
from core.store.values import Change, ChangeKind

_MAY_CHOOSE = gettext_noop("Only {creator} or an admin of this chat may choose the photo of {name}.")
_MAY_MERGE = gettext_noop("Only {creator} or an admin of this chat may say who {name} is.")


def merge(edit: Edit, concept_id: int, other_id: int, contradicting: Collection[int] = ()) -> Change:
    """Make one concept of two: what is known of the other one becomes this one's.

    `contradicting` are the references of either ("this is not it") that show the other one: they count no more.
    """
    kept, other = (read_concept(edit.db, edit.chat, one) for one in (concept_id, other_id))
    if kept.id == other.id:
        raise UserError("That is one and the same already.")
    for one in (kept, other):
        edit.require_editor(one, _MAY_MERGE)
    every = select(references.c.id, references.c.concept).where(references.c.concept.in_([kept.id, other.id]))
    rows = edit.db.execute(every).all()
    detail = {
        "references": [row.id for row in rows if row.concept == other.id and row.id not in contradicting],
        "aside": [row.id for row in rows if row.concept == kept.id and row.id in contradicting],
        "infos": list(edit.db.scalars(select(infos.c.id).where(infos.c.concept == other.id))),
        "handed": seen.hand_over(edit.db, other.id, kept.id),
    }
    if other.category and not kept.category:
        detail |= change_category(edit, kept.id, other.category)
    change_id = log(edit, ChangeKind.MERGE, kept.id, detail)
    for table, ids, to in (
        (references, detail["references"], kept.id),
        (references, detail["aside"], other.id),
        (infos, detail["infos"], kept.id),
    ):
        hand_over(edit.db, table, table.c.id.in_(ids), to)
    hidden = update(concepts).where(concepts.c.id == other.id)
    edit.db.execute(hidden.values(erase_at=NEVER, forgotten_in=change_id))
    return Change(change_id, ChangeKind.MERGE, read_concept(edit.db, edit.chat, kept.id))


def remove_reference(edit: Edit, reference_id: int, undo_seconds: float) -> Change:
    """Take a photo out of every reading; erase it now, or leave it to be erased when its time comes.

    The concept stays, also with its last photo gone.
    """
    concept = _concept_of(edit, reference_id)
    require_photo_editor(edit, reference_id, concept.id)
    change_id = log(edit, ChangeKind.REMOVE, concept.id, {"references": [reference_id]})
    set_aside(edit, references, references.c.id == reference_id, change_id, undo_seconds)
    return Change(change_id, ChangeKind.REMOVE, read_concept(edit.db, edit.chat, concept.id))


def reassign_reference(edit: Edit, reference_id: int, name: str) -> Change:
    """Let a photo be of the concept of another name, which is created if need be; that one is the change's concept.

    As with `remember`, anybody may add a photo to whatever concept.
    """
    concept = _concept_of(edit, reference_id)
    require_photo_editor(edit, reference_id, concept.id)
    other_id = find(edit.db, edit.chat, name)
    if other_id == concept.id:
        raise UserError("That photo is {name}'s already.", name=concept.name)
    created = other_id is None
    if other_id is None:
        other_id = create(edit, name)
    hand_over(edit.db, references, references.c.id == reference_id, other_id)
    detail = {"references": [reference_id], "to": other_id, "created": created}
    change = done(edit, ChangeKind.REASSIGN, concept.id, detail)
    return Change(change.id, change.kind, read_concept(edit.db, edit.chat, other_id), created, change.references)


def set_cover(edit: Edit, reference_id: int) -> Change:
    """Let a photo stand for its concept in galleries."""
    concept = _concept_of(edit, reference_id)
    edit.require_editor(concept, _MAY_CHOOSE)
    edit.db.execute(update(concepts).where(concepts.c.id == concept.id).values(cover=reference_id))
    return done(edit, ChangeKind.COVER, concept.id, {"before": concept.cover, "after": reference_id})


def _concept_of(edit: Edit, reference_id: int) -> Concept:
    """The living concept that a photo shows. Raises `UnknownConcept`."""
    mine = living_in(edit.chat) & (references.c.id == reference_id) & ~references.c.negative
    concept_id = edit.db.scalar(select(concepts.c.id).join(references).where(mine))
    if concept_id is None:
        raise UnknownConcept("I don't have that photo any more.")
    return read_concept(edit.db, edit.chat, concept_id)
