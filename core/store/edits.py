"""Edits of the store: plain functions on one write transaction that bumps the chat's revision."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    update,
)

from core.commands.settings import ChatSettings, Diary, Faces, TrainingUse
from core.concepts import Box, Concept, Embedding, FaceVector
from core.errors import AnsweredAlready, NotAllowed, UnknownConcept, UserError
from core.i18n.lazy_strings import gettext_noop, lazy_gettext
from core.messages import Chat, Sender
from core.policy.consent import WORDING, may_agree
from core.policy.faces import compares_faces
from core.policy.permissions import is_admin, is_own, may_edit
from core.store import faces
from core.store.erasing import erase, erase_kept
from core.store.kept import lines, seen
from core.store.reading import find, living_in, read_concept, read_revision
from core.store.schema import (
    NEVER,
    answers,
    bucket,
    changes,
    chats,
    concepts,
    embeddings,
    info_authors,
    infos,
    kept_photos,
    reference_authors,
    references,
)
from core.store.training import consents
from core.store.values import (
    Change,
    ChangeKind,
    Encoders,
    Imported,
    KeptPhoto,
    NewConcept,
    NewKept,
    NewReference,
    ReferenceFace,
)

KEPT_CHANGES = 100  # each person's edits in a chat that can be taken back; the older ones go now and then

# The same words in SQLite and PostgreSQL; SQLAlchemy has the upsert only per dialect.
_BUMP = text(
    "INSERT INTO chats (key, revision, settings) VALUES (:key, :first, '{}') "
    "ON CONFLICT (key) DO UPDATE SET revision = chats.revision + 1 RETURNING revision, settings"
).columns(revision=BigInteger, settings=JSON)

_MAY_TELL = gettext_noop("Only {creator} or an admin may change what I was told about {name}.")
_MAY_RENAME = gettext_noop("Only {creator} or an admin of this chat may rename {name}.")
_MAY_DESCRIBE = gettext_noop("Only {creator} or an admin of this chat may describe {name}.")
_MAY_FORGET = gettext_noop("Only {creator} or an admin of this chat may forget {name}.")
_MAY_FORGET_ALL = gettext_noop("Only an admin of this chat may erase everything.")
_MAY_SET = gettext_noop("Only an admin of this chat may change the settings.")
_MAY_MOVE = gettext_noop("Only {creator} or an admin of this chat may change the photos of {name}.")


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit under way: its transaction, its chat with the settings as they are in it, who does it and when.

    `at` is the time that people are told, `steady_at` that from which deadlines count (`SteadyClock`).
    """

    db: Connection
    scope: Chat
    settings: ChatSettings
    by: Sender
    at: datetime
    steady_at: datetime
    encoders: Encoders

    @property
    def encoder(self) -> str:
        """The identity under which regions are embedded."""
        return self.encoders.regions

    @property
    def chat(self) -> str:
        """The chat's key."""
        return self.scope.key

    @property
    def author(self) -> str:
        """What `/show` calls the one who does it; empty for whom nobody has told a name of."""
        return self.by.name

    def may_change(self, made_by: str) -> bool:
        """Whether who does this edit may change what somebody made."""
        return may_edit(self.by, self.scope, made_by, self.settings)

    def require_editor(self, concept: Concept, refusal: str) -> None:
        """Raise `NotAllowed`, with {creator} and {name} filled in, for whoever may not change the concept."""
        if not self.may_change(concept.creator_id):
            creator = concept.creator_name or lazy_gettext("whoever remembered it")
            raise NotAllowed(refusal, creator=creator, name=concept.name)

    def require_admin(self, refusal: str) -> None:
        """Raise `NotAllowed` for whoever is neither the chat's admin nor alone in it."""
        if not is_admin(self.by, self.scope):
            raise NotAllowed(refusal)


def bump(db: Connection, chat: str) -> tuple[int, dict[str, str]]:
    """Raise the chat's revision, first of all: on a server that also makes a chat's edits queue up.

    Returns the new revision and the chat's settings.

    A new chat's first revision is the clock in microseconds, so that a chat that was dropped and
    came back never repeats a revision under which somebody still keeps its old index.
    """
    row = db.execute(_BUMP, {"key": chat, "first": time.time_ns() // 1000}).one()
    return row.revision, row.settings


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
        "references": [_add_reference(edit, concept_id, reference) for reference in new],
        "infos": [_add_info(edit, concept_id, info)] if info else [],
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
        "references": [_add_reference(edit, concept_id, reference, taught=False) for reference in new.references],
        "infos": [_add_info(edit, concept_id, *one, taught=False) for one in texts.items()] if may_tell else [],
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
    for before in edit.db.scalars(select(changes.c.detail).where(told)):
        if before and ((question and before.get("question") == question) or (shown and before.get("said") == said)):
            raise AnsweredAlready("That has been answered already, and it counts once.")
    reference = _add_reference(edit, concept_id, new)
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
    added = edit.db.scalars(select(changes.c.detail).where(changes.c.concept == row.concept, own))
    if not edit.by.id or not any(reference_id in (one or {}).get("references", ()) for one in added):
        edit.require_editor(read_concept(edit.db, edit.chat, row.concept), _MAY_MOVE)
    if list(box) == row.box:  # a button that was pressed twice
        raise UserError("That is the one I have there already.")
    mine = (embeddings.c.reference == reference_id) & (embeddings.c.encoder == edit.encoder)
    kept = edit.db.scalar(select(embeddings.c.data).where(mine))
    set_region(edit, reference_id, list(box), embedding.to_bytes())
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
    return done(edit, ChangeKind.DESCRIBE, concept_id, {"infos": [_add_info(edit, concept_id, info)]})


def undescribe(edit: Edit, concept_id: int) -> Change:
    """Let go of all texts about a concept. Raises `UserError` when there is none."""
    concept = read_concept(edit.db, edit.chat, concept_id)
    edit.require_editor(concept, _MAY_DESCRIBE)
    if not concept.infos:
        raise UserError("Nobody has told me anything about {name}.", name=concept.name)
    who = select(infos, info_authors.c.person).outerjoin(info_authors).where(infos.c.concept == concept_id)
    rows = edit.db.execute(who.order_by(infos.c.at, infos.c.id)).all()
    told = [[row.text, row.author, row.at.timestamp(), row.person] for row in rows]
    edit.db.execute(delete(infos).where(infos.c.concept == concept_id))
    return done(edit, ChangeKind.UNDESCRIBE, concept_id, {"told": told})


def categorise(edit: Edit, concept_id: int, category: str | None) -> Change:
    """File the concept under another category."""
    edit.require_editor(read_concept(edit.db, edit.chat, concept_id), _MAY_DESCRIBE)
    return done(edit, ChangeKind.CATEGORISE, concept_id, change_category(edit, concept_id, category))


def forget(edit: Edit, concept_id: int, undo_seconds: float) -> Change:
    """Take the concept out of every reading, to be erased when its time comes."""
    concept = read_concept(edit.db, edit.chat, concept_id)
    edit.require_editor(concept, _MAY_FORGET)
    change_id = log(edit, ChangeKind.FORGET, concept_id)
    _hide(edit, concepts, concepts.c.id == concept_id, change_id, undo_seconds)
    return Change(change_id, ChangeKind.FORGET, concept)


def forget_all(edit: Edit, undo_seconds: float, asked_at: int | None = None) -> int:
    """Take all of the chat's concepts out of every reading, to be erased when their time comes.

    `asked_at` is the revision of which somebody agreed to erase everything. Returns the change's id.
    """
    edit.require_admin(_MAY_FORGET_ALL)
    if asked_at is not None and read_revision(edit.db, edit.chat) != asked_at + 1:  # `bump` has raised it
        raise UserError("Something has changed here since I asked that. Send /forgetall again.")
    change_id = log(edit, ChangeKind.FORGET_ALL, None)
    _hide(edit, concepts, living_in(edit.chat), change_id, undo_seconds)
    lines.clear(edit.db, edit.chat)
    mine = (kept_photos.c.chat == edit.chat) & kept_photos.c.erase_at.is_(None)
    _hide(edit, kept_photos, mine, change_id, undo_seconds)
    close_training(edit.db, edit.chat)
    faces.admit_all(edit.db, edit.chat)
    return change_id


def _hide(edit: Edit, table: Table, where: ColumnElement[bool], change_id: int, seconds: float) -> None:
    erase_at = edit.steady_at + timedelta(seconds=seconds)
    edit.db.execute(update(table).where(where).values(erase_at=erase_at, forgotten_in=change_id))


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
    _hide(edit, kept_photos, kept_photos.c.id == row.id, change_id, undo_seconds)
    if undo_seconds <= 0:
        erase_kept(edit.db, [row.id])
    return change_id


def set_setting(edit: Edit, key: str, value: str) -> dict[str, str]:
    """Write one of the chat's settings beside the others; returns all of them.

    Turned off, the diary is erased, the embeddings of faces are, and with training everybody's consent. Who is alone
    with the bot agrees by turning training on.
    """
    edit.require_admin(_MAY_SET)
    if (key, value) == ("diary", Diary.OFF.value):
        seen.clear_notes(edit.db, edit.chat)
    if key == "faces" and value != Faces.ON.value:
        faces.erase(edit.db, edit.chat)
    if (key, value) == ("training", TrainingUse.OFF.value):
        consents.clear(edit.db, edit.chat)
    if (key, value) == ("training", TrainingUse.ON.value):
        if edit.settings.training is TrainingUse.OFF:  # nobody's word from before counts again
            consents.clear(edit.db, edit.chat)
        consents.add(edit.db, edit.chat, edit.by, edit.at, opened=True)
        if edit.scope.private and may_agree(edit.by):
            consents.add(edit.db, edit.chat, edit.by, edit.at, opened=False)
    return _write_setting(edit.db, edit.chat, key, value)


def _write_setting(db: Connection, chat: str, key: str, value: str) -> dict[str, str]:
    stored = db.scalar(select(chats.c.settings).where(chats.c.key == chat)) or {}
    settings = {**stored, key: value}
    db.execute(update(chats).where(chats.c.key == chat).values(settings=settings))
    return settings


def close_training(db: Connection, chat: str) -> None:
    """Turn training off in a chat where it is on; nobody's consent is left."""
    stored = db.scalar(select(chats.c.settings).where(chats.c.key == chat)) or {}
    consents.clear(db, chat)
    if ChatSettings.of(stored).training is TrainingUse.ON:
        _write_setting(db, chat, "training", TrainingUse.OFF.value)


def agree(edit: Edit, wording: int) -> None:
    """Let who asks agree to the wording of that number. Raises `UserError` where training is off, or has another one.

    Nobody agrees for others: whoever is anonymous, or writes as a channel or a group, gets `NotAllowed`.
    """
    if not may_agree(edit.by):
        raise NotAllowed("Only you yourself can agree to that: write as a person, not as a channel or a group.")
    if edit.settings.training is TrainingUse.OFF:
        raise UserError("Nothing is used for training here, so there is nothing to agree to.")
    if wording != WORDING:
        raise UserError("What that means has changed since I asked. Read it with /consent, and agree there.")
    consents.add(edit.db, edit.chat, edit.by, edit.at, opened=False)


def withdraw(edit: Edit) -> bool:
    """Take the consent of who asks back, and let them turn training off where they are alone; whether there was one."""
    there = bool(edit.by.id) and consents.withdraw(edit.db, edit.chat, edit.by.id)
    if edit.scope.private:
        close_training(edit.db, edit.chat)
    return there


def offer_faces(edit: Edit) -> bool:
    """Whether nobody has said yet if faces are compared here; from now on a group doesn't until an admin says so."""
    if edit.settings.faces is not Faces.AUTO or compares_faces(edit.settings, edit.scope):
        return False
    _write_setting(edit.db, edit.chat, "faces", Faces.OFF.value)
    return True


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
        _hide(edit, concepts, concepts.c.id == concept_id, change_id, undo_seconds)
    return change_id


def admit_face(edit: Edit) -> bool:
    """Erase the template that somebody had kept of their face; whether there was one."""
    return bool(faces.admit(edit.db, edit.chat, edit.by.id))


def store_embedding(db: Connection, reference_id: int, encoder: str, data: bytes) -> None:
    """Write an embedding, in place of the one the same encoder made before."""
    db.execute(delete(embeddings).where(embeddings.c.reference == reference_id, embeddings.c.encoder == encoder))
    db.execute(insert(embeddings).values(reference=reference_id, encoder=encoder, data=data))


def reembed(db: Connection, reference_id: int, encoder: str, data: bytes) -> None:
    """Write an embedding that another encoder made of a stored photo, if that is still there."""
    query = select(concepts.c.chat).join(references).where(references.c.id == reference_id)
    chat = db.scalar(query)
    if chat is not None:
        bump(db, chat)
        store_embedding(db, reference_id, encoder, data)


def store_face(db: Connection, chat: str, reference_id: int, encoder: str, data: bytes) -> None:
    """Write what was found of the face of a stored photo, if that is still there and the chat compares faces."""
    here = select(concepts.c.chat).join(references).where(references.c.id == reference_id)
    stored = db.scalar(select(chats.c.settings).where(chats.c.key == chat)) or {}
    if db.scalar(here) == chat and ChatSettings.of(stored).faces is Faces.ON:
        bump(db, chat)
        store_embedding(db, reference_id, encoder, data)


def set_name(db: Connection, concept_id: int, name: str) -> None:
    """Write a concept's name and file it under the name's bucket."""
    db.execute(update(concepts).where(concepts.c.id == concept_id).values(name=name, bucket=bucket(name)))


def set_category(db: Connection, concept_id: int, category: str | None) -> None:
    """File a concept under a category, or under none."""
    db.execute(update(concepts).where(concepts.c.id == concept_id).values(category=category))


def set_region(edit: Edit, reference_id: int, box: list[int], data: bytes | None) -> None:
    """Point a reference at a region. Embeddings of the region it had before would now be wrong: they go."""
    edit.db.execute(update(references).where(references.c.id == reference_id).values(box=box))
    edit.db.execute(delete(embeddings).where(embeddings.c.reference == reference_id))
    if data is not None:
        store_embedding(edit.db, reference_id, edit.encoder, data)


def log(
    edit: Edit,
    kind: ChangeKind,
    concept_id: int | None,
    detail: dict[str, Any] | None = None,
    kept: bytes | None = None,
) -> int:
    """Put an edit on record so that it can be taken back; returns its id."""
    row = {"chat": edit.chat, "kind": kind, "author_id": edit.by.id, "at": edit.steady_at, "concept": concept_id}
    change_id = _insert(edit.db, changes, row | {"detail": detail, "kept": kept})
    if change_id % 16 == 0:
        # Counted for each person, so that nobody's undo is taken away by what others do.
        here = changes.c.chat == edit.chat
        age = func.row_number().over(partition_by=changes.c.author_id, order_by=changes.c.id.desc())
        ages = select(changes.c.id, age.label("age")).where(here, changes.c.kind != ChangeKind.IMPORTED).subquery()
        edit.db.execute(delete(changes).where(changes.c.id.in_(select(ages.c.id).where(ages.c.age > KEPT_CHANGES))))
        # An import counts once; its parts go with it.
        whole = changes.alias()
        theirs = (whole.c.chat == changes.c.chat) & (whole.c.author_id == changes.c.author_id)
        left = exists().where(theirs, whole.c.kind == ChangeKind.IMPORT, whole.c.id < changes.c.id)
        edit.db.execute(delete(changes).where(here, changes.c.kind == ChangeKind.IMPORTED, ~left))
        # What can't be parted from another concept any more has no use for its own name.
        merged = (concepts.c.erase_at == NEVER) & (concepts.c.chat == edit.chat)
        lost = select(concepts.c.id).where(merged, concepts.c.forgotten_in.not_in(select(changes.c.id).where(here)))
        erase(edit.db, edit.db.scalars(lost).all())
    return change_id


def refuse_taken(edit: Edit, name: str, concept_id: int) -> None:
    """Raise `UserError` when another living concept of the chat has that name."""
    if find(edit.db, edit.chat, name) not in {None, concept_id}:
        raise UserError("There already is a {name} here. Rename that one first, or choose another name.", name=name)


def _insert(db: Connection, table: Table, row: dict[str, Any]) -> int:
    new_id: int = db.scalars(insert(table).values(**row).returning(table.c.id)).one()
    return new_id


def create(edit: Edit, name: str) -> int:
    """Make a concept with nothing to it but its name; returns its id."""
    row = {"chat": edit.chat, "name": name, "bucket": bucket(name), "created_at": edit.at}
    return _insert(edit.db, concepts, row | {"creator_id": edit.by.id, "creator_name": edit.author})


def _add_info(edit: Edit, concept_id: int, info: str, at: datetime | None = None, *, taught: bool = True) -> int:
    row = {"concept": concept_id, "at": min(at or edit.at, edit.at), "author": edit.author, "text": info}
    info_id = _insert(edit.db, infos, row)
    if taught:  # an archive's texts are whose they are
        edit.db.execute(insert(info_authors).values(info=info_id, person=edit.by.id))
    return info_id


def _add_reference(edit: Edit, concept_id: int, new: NewReference, *, taught: bool = True) -> int:
    row = {
        "concept": concept_id,
        "negative": new.negative,
        "size": len(new.photo),
        "at": edit.at,
        "author": edit.author,
        "box": list(new.box),
        "candidates": [list(box) for box in new.candidates],
        "photo": new.photo,
    }
    reference_id = _insert(edit.db, references, row)
    edit.db.execute(insert(reference_authors).values(reference=reference_id, person=edit.by.id, taught=taught))
    store_embedding(edit.db, reference_id, edit.encoder, new.embedding.to_bytes())
    if new.face is not None and not new.negative:  # whose face a negative one shows was never taught
        _add_face(edit, reference_id, new.face)
    return reference_id


def _add_face(edit: Edit, reference_id: int, face: ReferenceFace) -> None:
    """Keep what was found of a reference's face, in a chat that compares faces: of the first one that is on record."""
    if not edit.encoders.faces or not compares_faces(edit.settings, edit.scope):
        return
    store_embedding(edit.db, reference_id, edit.encoders.faces, face.to_bytes())
    if edit.settings.faces is Faces.AUTO and face.embedding is not None:
        _write_setting(edit.db, edit.chat, "faces", Faces.ON.value)


def change_category(edit: Edit, concept_id: int, category: str | None) -> dict[str, Any]:
    """File a concept under a category; returns what a change notes of that."""
    before = edit.db.scalar(select(concepts.c.category).where(concepts.c.id == concept_id))
    set_category(edit.db, concept_id, category)
    return {"before": before, "after": category}


def done(edit: Edit, kind: ChangeKind, concept_id: int, detail: dict[str, Any], kept: bytes | None = None) -> Change:
    """Put an edit of one concept on record; returns it with the concept as it is now."""
    change_id = log(edit, kind, concept_id, detail, kept)
    return Change(
        change_id,
        kind,
        read_concept(edit.db, edit.chat, concept_id),
        created=detail.get("created", False),
        references=tuple(detail.get("references", ())),
    )
