"""Readings of the store: plain functions on a connection, inside the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, Result, Row, Select, case, exists, func, select

from core.concepts import Box, Comparison, Concept, Embedding, FaceVector, Info, Merged, Reference, Verdict
from core.errors import UnknownConcept
from core.names import fold
from core.policy.quotas import Usage
from core.store.keys.folder import KeyFolder
from core.store.keys.sealing import ask, buckets, embeddings_opened, keys_of
from core.store.schema import (
    NEVER,
    answers,
    changes,
    chats,
    concepts,
    embeddings,
    infos,
    reference_authors,
    references,
    refused_faces,
    revisions,
)
from core.store.values import Encoders, Memory, MemoryChanges, ReferenceFace, StoredEmbedding

LATEST_ANSWERS = 200  # of a chat: what it is like now
_MOST_ANSWERS = 5000  # of all chats together

_PORTION = 256  # rows that are made into values in a millisecond or so
_MOST_NAMES = 2000  # of one chat that are looked through for what somebody types
_MOST_CHANGED = 1000  # concepts and references that are read one by one; more are read with all others
LIVING = concepts.c.erase_at.is_(None)


class EmbeddingRow(NamedTuple):
    """A reference with its embedding's bytes as they are stored: whether they are encrypted tells the guard."""

    id: int
    concept: int
    negative: bool
    data: bytes
    guard: bytes
    face: bytes | None = None
    face_guard: bytes | None = None


def _in_portions(db: Connection, query: Select[Any], rows: int = _PORTION) -> Result[Any]:
    """The query's rows, fetched a few at a time: between two portions the event loop gets its turn."""
    return ask(db, query.execution_options(yield_per=rows))


def living_in(chat: str) -> ColumnElement[bool]:
    """The condition for the concepts of a chat that are not forgotten."""
    return (concepts.c.chat == chat) & LIVING


def read_revision(db: Connection, chat: str) -> int:
    """The chat's revision, 0 if it was never edited."""
    return db.scalar(select(chats.c.revision).where(chats.c.key == chat)) or 0


def read_concepts(db: Connection, where: ColumnElement[bool]) -> tuple[Concept, ...]:
    """The concepts that meet a condition, in the order they were made, with their texts."""
    texts: defaultdict[int, list[Info]] = defaultdict(list)
    for row in _in_portions(db, select(infos).join(concepts).where(where).order_by(infos.c.at, infos.c.id)):
        texts[row.concept].append(Info(row.text, row.author, row.at))
    mine = (references.c.concept == concepts.c.id) & ~references.c.negative
    photos = select(func.count()).where(mine).scalar_subquery().label("photos")
    rows = _in_portions(db, select(concepts, photos).where(where).order_by(concepts.c.id))
    return tuple(
        Concept(
            id=row.id,
            name=row.name,
            category=row.category,
            infos=tuple(texts[row.id]),
            creator_id=row.creator_id,
            creator_name=row.creator_name,
            created_at=row.created_at,
            photos=row.photos,
            cover=row.cover,
        )
        for row in rows
    )


def read_named_like(db: Connection, chat: str, typed: str, most: int) -> tuple[Concept, ...]:
    """So many of the chat's concepts whose names hold the folded text; those that begin with it come first.

    The names of the newest are looked through, and of those found alone the rest is read: this is asked with each key.
    """
    names = select(concepts.c.id, concepts.c.name).where(living_in(chat))
    rows = ask(db, names.order_by(concepts.c.id.desc()).limit(_MOST_NAMES)).all()
    found = [(not folded.startswith(typed), folded, row.id) for row in rows if typed in (folded := fold(row.name))]
    order = {id: place for place, (_, _, id) in enumerate(sorted(found)[:most])}
    known = read_concepts(db, living_in(chat) & concepts.c.id.in_(order))
    return tuple(sorted(known, key=lambda one: order[one.id]))


def read_merged(db: Connection, chat: str) -> tuple[Merged, ...]:
    """The chat's concepts that were merged, each with the living one or the forgotten one that it is part of now."""
    mine = (concepts.c.chat == chat) & (concepts.c.erase_at == NEVER)
    query = select(concepts.c.id, concepts.c.name, changes.c.concept).where(mine, changes.c.concept.is_not(None))
    rows = ask(db, query.join(changes, changes.c.id == concepts.c.forgotten_in)).all()
    into = {row.id: row.concept for row in rows}

    def last(id: int) -> int:
        return last(into[id]) if id in into else id

    return tuple(Merged(row.id, row.name, last(row.id)) for row in rows)


def read_homes(db: Connection, platform: str, person_id: str) -> list[str]:
    """The keys of a platform's chats in which a person has remembered what is not forgotten."""
    mine = (concepts.c.creator_id == person_id) & LIVING
    here = concepts.c.chat.startswith(f"{platform}:", autoescape=True)
    return list(db.scalars(select(concepts.c.chat).where(mine, here).distinct().order_by(concepts.c.chat)))


def read_concept(db: Connection, chat: str, concept_id: int) -> Concept:
    """One living concept of the chat. Raises `UnknownConcept`."""
    found = read_concepts(db, living_in(chat) & (concepts.c.id == concept_id))
    if not found:
        raise UnknownConcept("I don't know that one any more.")
    return found[0]


def find(db: Connection, chat: str, name: str) -> int | None:
    """The id of the chat's living concept of that name, compared as `core.names.fold` does."""
    query = select(concepts.c.id, concepts.c.name).where(living_in(chat), concepts.c.bucket.in_(buckets(db, name)))
    return next((row.id for row in ask(db, query) if fold(row.name) == fold(name)), None)


def read_concept_named(db: Connection, chat: str, name: str) -> Concept:
    """The chat's living concept of that name. Raises `UnknownConcept`."""
    concept_id = find(db, chat, name)
    if concept_id is None:
        raise UnknownConcept("I don't know anyone or anything called {name} here.", name=name)
    return read_concept(db, chat, concept_id)


def read_references(db: Connection, chat: str, concept_id: int) -> tuple[Reference, ...]:
    """A concept's references with their photos, old to new, the negative ones too."""
    query = select(references).join(concepts).where(living_in(chat), concepts.c.id == concept_id)
    return tuple(reference_of(row) for row in ask(db, query.order_by(references.c.id)))


def read_photo_ids(db: Connection, chat: str, concept_id: int) -> tuple[int, ...]:
    """The ids of a concept's positive references, old to new, without reading a photo."""
    query = select(references.c.id).join(concepts).where(living_in(chat), concepts.c.id == concept_id)
    return tuple(db.scalars(query.where(~references.c.negative).order_by(references.c.id)))


def read_reference(db: Connection, chat: str, reference_id: int) -> tuple[Concept, Reference]:
    """One reference with its photo, and its concept. Raises `UnknownConcept`."""
    query = select(references).join(concepts).where(living_in(chat), references.c.id == reference_id)
    row = ask(db, query).first()
    if row is None:
        raise UnknownConcept("I don't have that photo any more.")
    return read_concept(db, chat, row.concept), reference_of(row)


def read_first_references(db: Connection, chat: str, only: Collection[int] | None) -> dict[int, Reference]:
    """For each concept, or for some, its cover with its photo: the one chosen, else the first positive reference."""
    chosen = func.max(case((references.c.id == concepts.c.cover, references.c.id)))
    first = (
        select(func.coalesce(chosen, func.min(references.c.id)))
        .join(concepts)
        .where(living_in(chat), ~references.c.negative)
        .group_by(references.c.concept)
    )
    if only is not None:
        first = first.where(concepts.c.id.in_(only))
    rows = _in_portions(db, select(references).where(references.c.id.in_(first)), 32)
    return {row.concept: reference_of(row) for row in rows}


def reference_of(row: Row[Any]) -> Reference:
    """A row of `references` as a value."""
    return Reference(
        id=row.id,
        concept_id=row.concept,
        negative=row.negative,
        photo=row.photo,
        box=Box(*row.box),
        candidates=tuple(Box(*box) for box in row.candidates),
        author=row.author,
        at=row.at,
    )


def read_embeddings(
    db: Connection, chat: str, encoders: Encoders, only: Collection[int] | None = None
) -> list[EmbeddingRow]:
    """The references that the encoder has embedded, all or `only` those of these ids, in the order of their ids."""
    faces = embeddings.alias()
    of_face = (faces.c.reference == references.c.id) & (faces.c.encoder == encoders.faces)
    query = (
        select(
            *(references.c[name] for name in ("id", "concept", "negative")),
            *(of.c[name] for of in (embeddings, faces) for name in ("data", "guard")),
        )
        .join(concepts, concepts.c.id == references.c.concept)
        .join(embeddings, embeddings.c.reference == references.c.id)
        .outerjoin(faces, of_face)
        .where(living_in(chat), embeddings.c.encoder == encoders.regions)
    )
    if only is not None:
        query = query.where(references.c.id.in_(only))
    # Sorted here: the database would carry all embeddings through its sorter.
    rows = db.execute(query.execution_options(yield_per=_PORTION))
    return sorted((EmbeddingRow._make(row) for row in rows), key=attrgetter("id"))


def stored_embeddings(rows: Sequence[EmbeddingRow], keys: KeyFolder | None) -> tuple[StoredEmbedding, ...]:
    """The rows as values; of a large chat that is to be done in a thread.

    Raises `KeyDestroyed` for what was forgotten.
    """
    of_regions = embeddings_opened([(one.guard, one.concept, one.data) for one in rows], keys)
    of_faces = embeddings_opened([(one.face_guard, one.concept, one.face) for one in rows], keys)
    return tuple(
        StoredEmbedding(one.id, one.concept, one.negative, Embedding.from_bytes(data or b""), ReferenceFace.read(face))
        for one, data, face in zip(rows, of_regions, of_faces, strict=True)
    )


def read_refused(db: Connection, chat: str, faces: str) -> tuple[FaceVector, ...]:
    """The faces (128,) that are not to be recognised in a chat, as far as `faces` at present has embedded them."""
    here = (refused_faces.c.chat == chat) & (refused_faces.c.encoder == faces)
    rows = ask(db, select(refused_faces.c.data).where(here).order_by(refused_faces.c.id)).all()
    return tuple(np.frombuffer(row.data, np.float32) for row in rows)


def read_memory(db: Connection, chat: str, encoders: Encoders) -> tuple[Memory, list[EmbeddingRow]]:
    """All that recognition needs of a chat; its references apart, as they are stored."""
    known = read_concepts(db, living_in(chat))
    refused, told = read_refused(db, chat, encoders.faces), read_answers(db, chat, encoders.regions)
    memory = Memory(read_revision(db, chat), known, (), read_merged(db, chat), told, refused)
    return memory, read_embeddings(db, chat, encoders)


def read_memory_changes(db: Connection, chat: str, encoders: Encoders, since: int) -> MemoryChanges | None:
    """What of `read_memory` is another than at an earlier revision.

    None when it is too much, or no longer on record: each revision has a row at least, so that all of them are there
    if the one after `since` is.
    """
    later = (revisions.c.chat == chat) & (revisions.c.revision > since)
    rows = db.execute(select(revisions).where(later).order_by(revisions.c.revision).limit(_MOST_CHANGED + 1)).all()
    if not rows or rows[0].revision != since + 1 or len(rows) > _MOST_CHANGED:
        return None
    concept_ids = frozenset(row.concept for row in rows) - {0}
    reference_ids = frozenset(row.reference for row in rows) - {0}
    known = read_concepts(db, living_in(chat) & concepts.c.id.in_(concept_ids)) if concept_ids else ()
    embedded = read_embeddings(db, chat, encoders, reference_ids) if reference_ids else []
    return MemoryChanges(
        rows[-1].revision,
        concept_ids,
        reference_ids,
        known,
        stored_embeddings(embedded, keys_of(db)),
        read_merged(db, chat),
        read_answers(db, chat, encoders.regions),
        read_refused(db, chat, encoders.faces),
    )


def read_answers(db: Connection, chat: str, encoder: str) -> tuple[Verdict, ...]:
    """The latest answers of a chat about what an encoder saw, the newest first."""
    mine = _answers(encoder).where(living_in(chat)).order_by(answers.c.reference.desc()).limit(LATEST_ANSWERS)
    return tuple(map(_answer, db.execute(mine)))


def read_all_answers(db: Connection, encoder: str) -> dict[str, tuple[Verdict, ...]]:
    """Likewise of all chats, by their keys."""
    found: dict[str, list[Verdict]] = {}
    latest = _answers(encoder).where(LIVING).order_by(answers.c.reference.desc()).limit(_MOST_ANSWERS)
    for row in db.execute(latest):
        found.setdefault(row.chat, []).append(_answer(row))
    return {chat: tuple(told[:LATEST_ANSWERS]) for chat, told in found.items()}


def _answers(encoder: str) -> Select[Any]:
    query = select(answers, concepts.c.chat).join(references, references.c.id == answers.c.reference)
    return query.join(concepts, concepts.c.id == references.c.concept).where(answers.c.encoder == encoder)


def _answer(row: Row[Any]) -> Verdict:
    return Verdict(Comparison(row.score, row.next, row.own), row.yes)


def read_stale(db: Connection, encoder: str, limit: int, after: int) -> list[tuple[str, Reference]]:
    """The first `limit` references past the id `after` that `encoder` has not embedded, with their chats."""
    query = _stale(select(concepts.c.chat, *references.c), encoder).where(references.c.id > after)
    rows = ask(db, query.order_by(references.c.id).limit(limit))
    return [(row.chat, reference_of(row)) for row in rows]


def count_stale(db: Connection, encoder: str) -> int:
    """How many references `encoder` has not embedded."""
    return db.scalar(_stale(select(func.count(references.c.id)), encoder)) or 0


def _stale(query: Select[Any], encoder: str) -> Select[Any]:
    embedded = exists().where(embeddings.c.reference == references.c.id, embeddings.c.encoder == encoder)
    return query.join_from(references, concepts).where(LIVING, ~embedded)


_SIZES = select(func.count(), func.coalesce(func.sum(references.c.size), 0)).select_from(references).join(concepts)


def read_usage(db: Connection, where: ColumnElement[bool]) -> Usage:
    """How much is kept of the concepts that meet a condition, counted without reading a photo."""
    known = db.scalar(select(func.count()).select_from(concepts).where(where)) or 0
    count, size = db.execute(_SIZES.where(where)).one()
    return Usage(known, count, int(size))


def read_usage_of(db: Connection, platform: str, person: str) -> Usage:
    """The concepts that a person of a platform has made and the photos that they added to any, in whichever chat."""
    here = concepts.c.chat.startswith(f"{platform}:", autoescape=True) & LIVING
    made = select(func.count()).select_from(concepts).where(here, concepts.c.creator_id == person)
    added = _SIZES.join(reference_authors).where(here, reference_authors.c.person == person)
    count, size = db.execute(added).one()
    return Usage(db.scalar(made) or 0, count, int(size))


def count_chats(db: Connection) -> int:
    """How many chats there are: a question that shows the store answers."""
    return db.scalar(select(func.count()).select_from(chats)) or 0
