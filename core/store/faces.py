"""Faces in the store: embeddings of those who were taught, and templates of those who refuse. Plain functions.

A face's embedding is filed beside its reference's others, under the identity of what embeds faces: whatever erases a
reference erases it. `ReferenceFace` says what stands there for a reference without a face.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, select

from core.commands.settings import Faces
from core.concepts import FACES
from core.store.keys.sealing import ask, insert_row
from core.store.reading import living_in, reference_of
from core.store.schema import chats, concepts, embeddings, references, refused_faces
from core.store.values import StaleFace

_ON = chats.c.settings["faces"].as_string() == Faces.ON.value
_MOST_REFUSED = 5  # templates that one person may have kept in a chat


def read_comparing(db: Connection) -> list[str]:
    """The keys of all chats that compare faces; of none that the bot was removed from."""
    return list(db.scalars(select(chats.c.key).where(_ON, chats.c.erase_at.is_(None)).order_by(chats.c.key)))


def read_stale(db: Connection, chat: str, identity: str, limit: int, after: int) -> list[StaleFace]:
    """The first `limit` references of a chat past the id `after` of whose face nothing is on record.

    There are none in a chat that doesn't compare faces.
    """
    known = exists().where(embeddings.c.reference == references.c.id, embeddings.c.encoder == identity)
    query = select(concepts.c.category, *references.c).join_from(references, concepts).where(living_in(chat))
    query = query.join(chats, chats.c.key == concepts.c.chat).where(_ON)
    rows = ask(
        db, query.where(references.c.id > after, ~references.c.negative, ~known).order_by(references.c.id).limit(limit)
    )
    return [StaleFace(row.category, reference_of(row)) for row in rows]


def erase(db: Connection, chat: str) -> None:
    """Erase the embeddings of all faces of a chat, of what is forgotten but not erased yet, too."""
    here = select(references.c.id).join(concepts).where(concepts.c.chat == chat)
    _erase_of(db, embeddings.c.reference.in_(here))


def any_kept(db: Connection) -> bool:
    """Whether anything is kept of anybody's face."""
    of_face = exists().where(embeddings.c.encoder.startswith(FACES, autoescape=True))
    return bool(db.scalar(select(of_face | exists().where(refused_faces.c.id > 0))))


def erase_all(db: Connection) -> None:
    """Erase the embeddings of all faces and all templates of all chats."""
    _erase_of(db, embeddings.c.reference.is_not(None))
    db.execute(delete(refused_faces))


def _erase_of(db: Connection, which: ColumnElement[bool]) -> None:
    db.execute(delete(embeddings).where(which, embeddings.c.encoder.startswith(FACES, autoescape=True)))


def refuse(db: Connection, row: dict[str, Any]) -> None:
    """Keep the template of a face that is not to be recognised; of one person the last `_MOST_REFUSED`."""
    insert_row(db, refused_faces, row)
    mine = (refused_faces.c.chat == row["chat"]) & (refused_faces.c.person == row["person"])
    newest = select(refused_faces.c.id).where(mine).order_by(refused_faces.c.id.desc()).limit(_MOST_REFUSED)
    db.execute(delete(refused_faces).where(mine, refused_faces.c.id.not_in(newest)))


def admit(db: Connection, chat: str, person: str) -> int:
    """Erase the templates of whoever asked for them to be kept; returns how many."""
    mine = (refused_faces.c.chat == chat) & (refused_faces.c.person == person)
    return db.execute(delete(refused_faces).where(mine)).rowcount


def admit_all(db: Connection, chat: str) -> None:
    """Erase all templates of a chat."""
    db.execute(delete(refused_faces).where(refused_faces.c.chat == chat))
