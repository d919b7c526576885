"""What people teach: concepts, their photos, names and texts. Plain functions on one write transaction, the `Edit`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import exists, insert, select, update

from core.concepts import Box, Embedding
from core.errors import AnsweredAlready, UnknownConcept, UserError
from core.i18n.lazy_strings import gettext_noop
from core.policy.permissions import is_own
from core.store.edits.edit import Edit, done, log
from core.store.edits.rows import (
    add_info,
    attach_reference,
    change_category,
    create,
    refuse_taken,
    set_aside,
    set_name,
    set_region,
)
from core.store.kept import seen
from core.store.keys.sealing import ask
from core.store.reading import find, living_in, read_concept
from core.store.schema import answers, changes, concepts, embeddings, infos, reference_authors, references
from core.store.values import Change, ChangeKind, Imported, NewConcept, NewReference

_MAY_TELL = gettext_noop("Only {creator} or an admin may change what I was told about {name}.")
_MAY_RENAME = gettext_noop("Only {creator} or an admin of this chat may rename {name}.")
_MAY_DESCRIBE = gettext_noop("Only {creator} or an admin of this chat may describe {name}.")
_MAY_MOVE = gettext_noop("Only {creator} or an admin of this chat may change the photos of {name}.")


def remember(
    edit: Edit, name: str, category: str | None, detected: str | None, info: str | None, new: Sequence[NewReference]
) -> Change:
    """Create the concept, or add to the one of that name.

    Anybody may add photos. A category or a text for what somebody else remembered takes the right to edit it;
    `detected` is the detector's word, which only fills a category that nobody has set or taken away.
    """
    concept_id = find(edit.db, edit.chat, name)
    created = concept_id is None
    if concept_id is None:
        concept_id = create(edit, name)
    elif category or info:
        edit.require_editor(read_concept(edit.db, edit.chat, concept_id), _MAY_TELL)
    detail: dict[str, Any] = {
        "created": created,
        "references": [attach_reference(edit, concept_id, reference) for reference in new],
        "infos": [add_info(edit, concept_id, info)] if info else [],
    }
    if category is None and detected:
        has_none = exists().where(concepts.c.id == concept_id, concepts.c.category.is_(None))
        by_people = exists().where(changes.c.concept == concept_id, changes.c.kind == ChangeKind.CATEGORISE)
        category = detected if edit.db.scalar(select(has_none & ~by_people)) else None
    if category:
        detail |= change_category(edit, concept_id, category)
    return done(edit, ChangeKind.REMEMBER, concept_id, detail)


def take_in(edit: Edit, new: NewConcept, concept_id: int | None, import_id: int | None) -> Imported:
    """Add what an archive says of one concept: to `concept_id`, else to the one of its name, else to a new one.

    Anybody may add photos; texts and a category are left out where somebody else's concept would change. All calls
    with the `import_id` that the first one (with None) has returned are one change. Raises `UnknownConcept` when the
    concept was forgotten meanwhile, `UserError` when the import was taken back meanwhile.
    """
    if import_id is None:
        import_id = log(edit, ChangeKind.IMPORT, None)
    elif edit.db.scalar(select(changes.c.undone_by.is_not(None)).where(changes.c.id == import_id)) is not False:
        raise UserError("What came in with that file was taken back meanwhile, so I've stopped there.")
    if concept_id is None:
        concept_id = find(edit.db, edit.chat, new.name)
    created = concept_id is None
    if concept_id is None:
        concept_id = create(edit, new.name)
    before = read_concept(edit.db, edit.chat, concept_id)
    told = {info.text for info in before.infos}
    texts = {info.text: info.at for info in new.infos if info.text not in told}
    category = new.category if new.category != before.category else None
    may_tell = created or edit.may_change(before.creator_id)
    detail: dict[str, Any] = {
        "import": import_id,
        "created": created,
        "references": [attach_reference(edit, concept_id, reference, taught=False) for reference in new.references],
        "infos": [add_info(edit, concept_id, *one, taught=False) for one in texts.items()] if may_tell else [],
        "sightings": seen.add_unknown(edit.db, edit.chat, concept_id, new.sightings) if may_tell else [],
    }
    if category and may_tell:
        detail |= change_category(edit, concept_id, category)
    covers = [id for id, new_one in zip(detail["references"], new.references, strict=True) if new_one.cover]
    if covers and before.cover is None and may_tell:
        edit.db.execute(update(concepts).where(concepts.c.id == concept_id).values(cover=covers[0]))
    change = done(edit, ChangeKind.IMPORTED, concept_id, detail)
    return Imported(import_id, change.concept, kept_words=not may_tell and bool(texts or category))


def add_reference(
    edit: Edit, concept_id: int, new: NewReference, question: str = "", shown: tuple[str, int] | None = None
) -> Change:
    """Add a reference that corrects: "yes, that's bo", or a negative one, "no". A `question` is answered once.

    `shown` is the message and the number there, from 0, of the photo that is spoken of.
    """
    read_concept(edit.db, edit.chat, concept_id)
    told = (changes.c.kind == ChangeKind.CORRECT) & (changes.c.concept == concept_id) & changes.c.undone_by.is_(None)
    said = [new.negative, *(shown or ())]  # by whichever words or button; the opposite may follow, and is the last word
    for before in ask(edit.db, select(changes.c.detail).where(told)).scalars():
        if before and ((question and before.get("question") == question) or (shown and before.get("said") == said)):
            raise AnsweredAlready("That has been answered already, and it counts once.")
    reference = attach_reference(edit, concept_id, new)
    if new.evidence:
        of = new.evidence._asdict() | {"reference": reference, "encoder": edit.encoder, "yes": not new.negative}
        edit.db.execute(insert(answers).values(**of))
    detail: dict[str, Any] = {"references": [reference], "question": question, "said": said}
    if shown:
        detail["seen"] = seen.correct(edit.db, edit.chat, concept_id, *shown, yes=not new.negative)
    return done(edit, ChangeKind.CORRECT, concept_id, detail)


def move_reference(edit: Edit, reference_id: int, box: Box, embedding: Embedding) -> Change:
    """Let a reference mean another region of its photo."""
    query = select(references.c.concept, references.c.box).join(concepts)
    row = edit.db.execute(query.where(living_in(edit.chat), references.c.id == reference_id)).first()
    if row is None:
        raise UnknownConcept("I don't have that photo any more.")
    # Who added a photo may say what in it was meant, as far as that is on record.
    own = changes.c.kind.in_([ChangeKind.REMEMBER, ChangeKind.CORRECT, ChangeKind.IMPORTED]) & (
        changes.c.author_id == edit.by.id
    )
    added = ask(edit.db, select(changes.c.detail).where(changes.c.concept == row.concept, own)).scalars()
    if not edit.by.id or not any(reference_id in (one or {}).get("references", ()) for one in added):
        edit.require_editor(read_concept(edit.db, edit.chat, row.concept), _MAY_MOVE)
    if list(box) == row.box:  # a button that was pressed twice
        raise UserError("That is the one I have there already.")
    mine = (references.c.id == reference_id) & (embeddings.c.encoder == edit.encoder)
    kept = ask(edit.db, select(embeddings.c.data).join(references).where(mine)).scalar()
    set_region(edit, row.concept, reference_id, list(box), embedding.to_bytes())
    detail = {
        "references": [reference_id],
        "before": row.box,
        "after": list(box),
        "encoder": edit.encoder,
    }
    return done(edit, ChangeKind.MOVE, row.concept, detail, kept)


def require_photo_editor(edit: Edit, reference_id: int, concept_id: int) -> None:
    """Raise `NotAllowed` for whoever has neither added the photo nor may change its concept."""
    author = edit.db.scalar(select(reference_authors.c.person).where(reference_authors.c.reference == reference_id))
    if not is_own(edit.by, author or ""):
        edit.require_editor(read_concept(edit.db, edit.chat, concept_id), _MAY_MOVE)


def rename(edit: Edit, concept_id: int, name: str) -> Change:
    """Give the concept another name. Raises `UserError` when another one here has it."""
    concept = read_concept(edit.db, edit.chat, concept_id)
    edit.require_editor(concept, _MAY_RENAME)
    refuse_taken(edit, name, concept_id)
    set_name(edit.db, concept_id, name)
    return done(edit, ChangeKind.RENAME, concept_id, {"before": concept.name, "after": name})


def describe(edit: Edit, concept_id: int, info: str) -> Change:
    """Add a text; the earlier ones stay visible in `/show`."""
    edit.require_editor(read_concept(edit.db, edit.chat, concept_id), _MAY_DESCRIBE)
    return done(edit, ChangeKind.DESCRIBE, concept_id, {"infos": [add_info(edit, concept_id, info)]})


def undescribe(edit: Edit, concept_id: int, undo_seconds: float) -> Change:
    """Let go of all texts about a concept. Raises `UserError` when there is none."""
    concept = read_concept(edit.db, edit.chat, concept_id)
    edit.require_editor(concept, _MAY_DESCRIBE)
    if not concept.infos:
        raise UserError("Nobody has told me anything about {name}.", name=concept.name)
    return retell(edit, concept_id, {info.text for info in concept.infos}, (), undo_seconds)


def retell(edit: Edit, concept_id: int, gone: Collection[str], new: Sequence[str], undo_seconds: float) -> Change:
    """Let go of the texts that read like one of `gone`, and add those of `new` that aren't there; the others stay.

    What is let go of is erased after `undo_seconds`, or now if 0. Raises `UserError` when that changes nothing.
    """
    concept = read_concept(edit.db, edit.chat, concept_id)
    edit.require_editor(concept, _MAY_DESCRIBE)
    kept = {info.text for info in concept.infos} - set(gone)
    added = [text for text in dict.fromkeys(new) if text not in kept]
    rows = ask(edit.db, select(infos.c.id, infos.c.text).where(infos.c.concept == concept_id)).all()
    dropped = [row.id for row in rows if row.text in gone]
    if not dropped and not added:
        raise UserError("That is what I know about {name} already.", name=concept.name)
    detail = {"infos": [add_info(edit, concept_id, text) for text in added]}
    if not dropped:
        return done(edit, ChangeKind.DESCRIBE, concept_id, detail)
    kind = ChangeKind.RETELL if added else ChangeKind.UNDESCRIBE
    change_id = log(edit, kind, concept_id, detail)
    set_aside(edit, infos, infos.c.id.in_(dropped), change_id, undo_seconds)
    return Change(change_id, kind, read_concept(edit.db, edit.chat, concept_id))


def categorise(edit: Edit, concept_id: int, category: str | None) -> Change:
    """File the concept under another category."""
    edit.require_editor(read_concept(edit.db, edit.chat, concept_id), _MAY_DESCRIBE)
    return done(edit, ChangeKind.CATEGORISE, concept_id, change_category(edit, concept_id, category))
