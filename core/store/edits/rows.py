"""The rows that edits write."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update

from core.commands.settings import ChatSettings, Faces
from core.errors import UserError
from core.policy.faces import compares_faces
from core.store.edits.edit import Edit, bump
from core.store.erasing import erase
from core.store.keys.sealing import ask, buckets, change, hand_over, insert_row, sealed
from core.store.reading import find
from core.store.schema import chats, concepts, embeddings, info_authors, infos, reference_authors, references
from core.store.values import NewReference, ReferenceFace


def create(edit: Edit, name: str) -> int:
    """Make a concept with nothing to it but its name; returns its id."""
    row = {"chat": edit.chat, "name": name, "bucket": buckets(edit.db, name)[0], "created_at": edit.at}
    return insert_row(edit.db, concepts, row | {"creator_id": edit.by.id, "creator_name": edit.author})


def refuse_taken(edit: Edit, name: str, concept_id: int) -> None:
    """Raise `UserError` when another living concept of the chat has that name."""
    if find(edit.db, edit.chat, name) not in {None, concept_id}:
        raise UserError("There already is a {name} here. Rename that one first, or choose another name.", name=name)


def set_name(db: Connection, concept_id: int, name: str) -> None:
    """Write a concept's name and file it under the name's bucket."""
    change(db, concepts, concept_id, {"name": name, "bucket": buckets(db, name)[0]})


def set_category(db: Connection, concept_id: int, category: str | None) -> None:
    """File a concept under a category, or under none."""
    change(db, concepts, concept_id, {"category": category})


def change_category(edit: Edit, concept_id: int, category: str | None) -> dict[str, Any]:
    """File a concept under a category; returns what a change notes of that."""
    before = ask(edit.db, select(concepts.c.category).where(concepts.c.id == concept_id)).scalar()
    set_category(edit.db, concept_id, category)
    return {"before": before, "after": category}


def add_info(edit: Edit, concept_id: int, info: str, at: datetime | None = None, *, taught: bool = True) -> int:
    """Add a text, of `at` or now; returns its id. `taught` is false for one that came with an archive."""
    row = {"concept": concept_id, "at": min(at or edit.at, edit.at), "author": edit.author, "text": info}
    info_id = insert_row(edit.db, infos, row)
    if taught:  # an archive's texts are whose they are
        edit.db.execute(insert(info_authors).values(info=info_id, person=edit.by.id))
    return info_id


def attach_reference(edit: Edit, concept_id: int, new: NewReference, *, taught: bool = True) -> int:
    """Add a photo to a concept, with its embeddings; returns the reference's id."""
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
    reference_id = insert_row(edit.db, references, row)
    edit.db.execute(insert(reference_authors).values(reference=reference_id, person=edit.by.id, taught=taught))
    store_embedding(edit.db, concept_id, reference_id, edit.encoder, new.embedding.to_bytes())
    if new.face is not None and not new.negative:  # whose face a negative one shows was never taught
        _add_face(edit, concept_id, reference_id, new.face)
    return reference_id


def _add_face(edit: Edit, concept_id: int, reference_id: int, face: ReferenceFace) -> None:
    """Keep what was found of a reference's face, in a chat that compares faces: of the first one that is on record."""
    if not edit.encoders.faces or not compares_faces(edit.settings, edit.scope):
        return
    store_embedding(edit.db, concept_id, reference_id, edit.encoders.faces, face.to_bytes())
    if edit.settings.faces is Faces.AUTO and face.embedding is not None:
        write_setting(edit.db, edit.chat, "faces", Faces.ON.value)


def set_region(edit: Edit, concept_id: int, reference_id: int, box: list[int], data: bytes | None) -> None:
    """Point a concept's reference at a region. Embeddings of the region it had before would now be wrong: they go."""
    edit.db.execute(update(references).where(references.c.id == reference_id).values(box=box))
    edit.db.execute(delete(embeddings).where(embeddings.c.reference == reference_id))
    if data is not None:
        store_embedding(edit.db, concept_id, reference_id, edit.encoder, data)


def store_embedding(db: Connection, concept_id: int, reference_id: int, encoder: str, data: bytes) -> None:
    """Write an embedding of a concept's reference, in place of the one the same encoder made before."""
    db.execute(delete(embeddings).where(embeddings.c.reference == reference_id, embeddings.c.encoder == encoder))
    row = {"reference": reference_id, "encoder": encoder, "data": data}
    db.execute(insert(embeddings).values(**sealed(db, embeddings, row, owner=concept_id)))


def reembed(db: Connection, reference_id: int, encoder: str, data: bytes) -> None:
    """Write an embedding that another encoder made of a stored photo, if that is still there."""
    query = select(concepts.c.chat, concepts.c.id).join(references).where(references.c.id == reference_id)
    if concept := db.execute(query).first():
        bump(db, concept.chat)
        store_embedding(db, concept.id, reference_id, encoder, data)


def store_face(db: Connection, chat: str, reference_id: int, encoder: str, data: bytes) -> None:
    """Write what was found of the face of a stored photo, if that is still there and the chat compares faces."""
    here = select(concepts.c.chat, concepts.c.id).join(references).where(references.c.id == reference_id)
    stored = db.scalar(select(chats.c.settings).where(chats.c.key == chat)) or {}
    concept = db.execute(here.where(concepts.c.chat == chat)).first()
    if concept is not None and ChatSettings.of(stored).faces is Faces.ON:
        bump(db, chat)
        store_embedding(db, concept.id, reference_id, encoder, data)


def hide(edit: Edit, table: Table, where: ColumnElement[bool], change_id: int, seconds: float) -> None:
    """Take rows out of every reading; they are erased when their time comes."""
    erase_at = edit.steady_at + timedelta(seconds=seconds)
    edit.db.execute(update(table).where(where).values(erase_at=erase_at, forgotten_in=change_id))


def set_aside(edit: Edit, table: Table, where: ColumnElement[bool], change_id: int, seconds: float) -> None:
    """Take photos or texts out of every reading: a hidden concept has them until they are erased, now if 0 seconds."""
    holder = {"chat": edit.chat, "name": "", "bucket": buckets(edit.db, "")[0], "created_at": edit.at}
    holder |= {"creator_id": "", "creator_name": "", "forgotten_in": change_id}
    due = edit.steady_at + timedelta(seconds=seconds)
    aside = insert_row(edit.db, concepts, holder | {"erase_at": due})
    hand_over(edit.db, table, where, aside)
    if seconds <= 0:
        erase(edit.db, [aside])


def write_setting(db: Connection, chat: str, key: str, value: str) -> dict[str, str]:
    """Write one of the chat's settings beside the others; returns all of them."""
    stored = db.scalar(select(chats.c.settings).where(chats.c.key == chat)) or {}
    settings = {**stored, key: value}
    db.execute(update(chats).where(chats.c.key == chat).values(settings=settings))
    return settings
