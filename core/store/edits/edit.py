"""An edit under way: who, where and when; that it raises the chat's revision, and what /undo needs of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Connection, delete, exists, func, select, text

from core.commands.settings import ChatSettings
from core.concepts import Concept
from core.errors import NotAllowed
from core.i18n.lazy_strings import lazy_gettext
from core.messages import Chat, Sender
from core.policy.permissions import is_admin, may_edit
from core.store.erasing import erase
from core.store.keys.sealing import insert_row
from core.store.reading import read_concept
from core.store.schema import NEVER, changes, concepts
from core.store.sharing.announcing import announce
from core.store.values import Change, ChangeKind, Encoders

KEPT_CHANGES = 100  # each person's edits in a chat that can be taken back; the older ones go now and then
# The same words in SQLite and PostgreSQL; SQLAlchemy has the upsert only per dialect.
_BUMP = text(
    "INSERT INTO chats (key, revision, settings) VALUES (:key, :first, '{}') "
    "ON CONFLICT (key) DO UPDATE SET revision = chats.revision + 1 RETURNING revision, settings"
).columns(revision=BigInteger, settings=JSON)


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

    Returns the new revision and the chat's settings. Other processes hear of it when the transaction is kept.

    A new chat's first revision is the clock in microseconds, so that a chat that was dropped and
    came back never repeats a revision under which somebody still keeps its old index.
    """
    announce(db, f"chat {chat}")
    row = db.execute(_BUMP, {"key": chat, "first": time.time_ns() // 1000}).one()
    return row.revision, row.settings


def log(
    edit: Edit,
    kind: ChangeKind,
    concept_id: int | None,
    detail: dict[str, Any] | None = None,
    kept: bytes | None = None,
) -> int:
    """Put an edit on record so that it can be taken back; returns its id."""
    row = {"chat": edit.chat, "kind": kind, "author_id": edit.by.id, "at": edit.steady_at, "concept": concept_id}
    change_id = insert_row(edit.db, changes, row | {"detail": detail, "kept": kept})
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
