"""The store's tables.

What is told of people (`Sealed` columns) is encrypted row by row (`core.store.keys`): `guard` holds the number of the
row's key, 8 bytes, and when the row goes triggers note that key in `dead_keys`, so that it is destroyed.

A row that isn't encrypted, in a store without keys or not yet, has another guard. Forgetting must leave no byte of it
behind, and `secure_delete` alone does not see to that: SQLite moves small rows about inside its b-tree pages and leaves
old copies in the pages' unused middle (about one forgotten row in a thousand; `tests/core/store/test_erasing.py` finds
them when the guard is taken away). Overflow pages never move and are zeroed when they are freed. So there the guard is
one page of zeros, which fills the part of the row that lies in the b-tree and pushes the personal content behind it
into overflow pages (https://sqlite.org/fileformat2.html, 1.6).
For the same reason no index holds a name: `bucket` narrows a look-up without telling what was there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.types import TypeEngine

from core.names import fold

PAGE = 4096
_Id = BigInteger().with_variant(Integer, "sqlite")  # whose integers all have 64 bits
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a concept is erased that is hidden for as long as another one: what was merged into that, and goes with it."""


class UtcTime(TypeDecorator[datetime]):
    """A moment, always timezone-aware and in UTC, also where the database keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """Refuse a naive time: it would be stored as if it were UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError("times in the store need a time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """What SQLite gives back is UTC without saying so."""
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


class Sealed(TypeDecorator[Any]):
    """What is encrypted with its row's key: text, bytes, or what JSON can say.

    `core.store.keys.sealing` writes and reads it. What comes out of the database here is as it stands there: bytes, or
    in an SQLite file that isn't encrypted (yet) text, too.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, kind: Literal["text", "bytes", "json"]) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An SQLite file's columns take bytes whatever they were declared as, and stay as they were."""
        plain: dict[str, TypeEngine[Any]] = {"text": Text(), "bytes": LargeBinary(), "json": JSON()}
        return dialect.type_descriptor(plain[self.kind] if dialect.name == "sqlite" else LargeBinary())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Bytes go in as they are, and so does what isn't encrypted, as text."""
        in_file, is_json = dialect.name == "sqlite", self.kind == "json"

        def process(value: Any) -> Any:
            if value is None or isinstance(value, bytes):
                return value
            text = json.dumps(value) if is_json else value
            return text if in_file else text.encode()

        return process

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Nothing is done to it."""


def bucket(name: str) -> int:
    """One of 256 buckets for names that compare equal; one byte of a hash names nobody."""
    return blake2b(fold(name).encode("utf-8", "surrogatepass"), digest_size=1).digest()[0]


def _guard() -> Column[Any]:
    """The number of the row's key; where it isn't encrypted a page of zeros, or nothing where it holds nothing."""
    return Column("guard", LargeBinary, nullable=False, default=bytes(PAGE))


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

chats = Table(
    "chats",
    metadata,
    Column("key", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("erase_at", UtcTime),  # set: the bot was removed from it, and all of it is erased at that time
)
Index("ix_chats_erase_at", chats.c.erase_at, sqlite_where=chats.c.erase_at.is_not(None))

# What a chat's last revisions have changed: a row for each concept (`reference` 0) and each reference of it, and one
# without either (0, 0) for the revision itself, so that it can be told how far back they go. Triggers write all of
# them (the migration has them): no edit can go round those. Ids alone, which stay when what they stood for is erased.
revisions = Table(
    "revisions",
    metadata,
    Column("chat", ForeignKey("chats.key", ondelete="CASCADE"), primary_key=True),
    Column("revision", BigInteger, primary_key=True),
    Column("concept", _Id, primary_key=True),
    Column("reference", _Id, primary_key=True),
    sqlite_with_rowid=False,
)

# Platforms offer an update again when they aren't sure that it arrived, also after a restart.
answered = Table(
    "answered",
    metadata,
    Column("chat", Text, primary_key=True),
    Column("message", Text, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
)

concepts = Table(
    "concepts",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("chat", Text, ForeignKey("chats.key"), nullable=False),
    Column("bucket", SmallInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    # Set: out of every reading, and erased at that time. It is forgotten, merged into another one (NEVER), or
    # nothing but what holds a photo that was taken away.
    Column("erase_at", UtcTime),
    Column("forgotten_in", _Id),  # the change that did so, to take it back by
    _guard(),
    Column("name", Sealed("text"), nullable=False),
    Column("category", Sealed("text")),
    Column("creator_id", Text, nullable=False),
    Column("creator_name", Sealed("text"), nullable=False),
    Column("cover", _Id),  # the reference that stands for it; without one, or when that is gone, its first one
    sqlite_autoincrement=True,  # an id is never given twice: an old button must not hit a new concept
)
Index("ix_concepts_chat", concepts.c.chat, concepts.c.erase_at, concepts.c.bucket)
Index("ix_concepts_creator_id", concepts.c.creator_id)
# The migration makes it partial in PostgreSQL, too: to say so here would load that dialect at each start.
Index("ix_concepts_erase_at", concepts.c.erase_at, sqlite_where=concepts.c.erase_at.is_not(None))

infos = Table(
    "infos",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("concept", ForeignKey("concepts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    _guard(),
    Column("author", Sealed("text"), nullable=False),
    Column("text", Sealed("text"), nullable=False),
    sqlite_autoincrement=True,
)

# The photo comes last: a reading that does not ask for it never touches its pages.
references = Table(
    "references",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("concept", ForeignKey("concepts.id", ondelete="CASCADE"), nullable=False),
    Column("negative", Boolean, nullable=False),
    Column("size", Integer, nullable=False),  # bytes of the photo, so that adding them up reads none
    Column("at", UtcTime, nullable=False),
    _guard(),
    Column("author", Sealed("text"), nullable=False),
    Column("box", JSON, nullable=False),
    Column("candidates", JSON, nullable=False),
    Column("photo", Sealed("bytes"), nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_references_concept", references.c.concept, references.c.negative, references.c.size)

embeddings = Table(
    "embeddings",
    metadata,
    Column("reference", ForeignKey("references.id", ondelete="CASCADE"), primary_key=True),
    Column("encoder", Text, primary_key=True),
    _guard(),
    Column("data", Sealed("bytes"), nullable=False),
)

# What somebody answered to "is this bo?", with how it was scored: what grades learn from, and no more. It hangs on the
# reference that the answer became, and goes with that.
answers = Table(
    "answers",
    metadata,
    Column("reference", ForeignKey("references.id", ondelete="CASCADE"), primary_key=True),
    Column("encoder", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("next", Float, nullable=False),
    Column("own", Float, nullable=False),
    Column("yes", Boolean, nullable=False),
)

# Whose a photo is: what a person makes the bot keep is counted by this. A column of `references` would stand behind
# the photo, and be read with it.
reference_authors = Table(
    "reference_authors",
    metadata,
    Column("reference", ForeignKey("references.id", ondelete="CASCADE"), primary_key=True),
    Column("person", Text, nullable=False, index=True),
    # Whether that person has taught it here themselves; false for what came with an archive.
    Column("taught", Boolean, nullable=False, server_default=false()),
)

# Who has told a text here, by their id: not those of an archive, nor older ones of which that isn't on record.
info_authors = Table(
    "info_authors",
    metadata,
    Column("info", ForeignKey("infos.id", ondelete="CASCADE"), primary_key=True),
    Column("person", Text, nullable=False),
)

# Who agrees that what they taught in a chat is used for training, when and to which wording; `opened` is the row of
# who has turned that on, which agrees to nothing. A consent that is taken back is deleted.
consents = Table(
    "consents",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("chat", Text, ForeignKey("chats.key"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("wording", Integer, nullable=False),
    Column("opened", Boolean, nullable=False),
    _guard(),
    Column("person", Text, nullable=False),
    Column("name", Sealed("text"), nullable=False),
    sqlite_autoincrement=True,
)

Index("ix_consents_person", consents.c.person)
# The faces of people who don't want to be recognised in a chat: what tells them, who asked for it (an id) and when.
refused_faces = Table(
    "refused_faces",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("chat", Text, ForeignKey("chats.key"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    _guard(),
    Column("person", Text, nullable=False),
    Column("encoder", Text, nullable=False),
    Column("data", Sealed("bytes"), nullable=False),
    sqlite_autoincrement=True,
)

# What an edit did, so that it can be taken back. `detail` and `kept` go when the concept does; the
# empty row stays, so that "take the last change back" never reaches past what is gone for good.
changes = Table(
    "changes",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("chat", Text, ForeignKey("chats.key"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("author_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("concept", ForeignKey("concepts.id", ondelete="SET NULL"), index=True),
    Column("undone_by", Text),
    Column("erased", Boolean, nullable=False, default=False),
    _guard(),
    Column("detail", Sealed("json")),
    Column("kept", Sealed("bytes")),  # the embedding that a moved region had before
    sqlite_autoincrement=True,
)
Index("ix_changes_chat", changes.c.chat, changes.c.id)

# When somebody was surely seen, in chats that keep a diary: who sent the photo, and the platform's id of the message
# that it came with, so that asking about one photo twice notes one sighting. Nothing of the photo.
sightings = Table(
    "sightings",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("concept", ForeignKey("concepts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    _guard(),
    Column("sender", Sealed("text"), nullable=False),
    Column("message", Text, nullable=False),
    sqlite_autoincrement=True,
)

# Photos that people chose to keep. `number` is what the chat calls it by. The photo comes last, as in `references`;
# who keeps it (`person`, an id) before it, so that counting reads no photo.
kept_photos = Table(
    "kept_photos",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("chat", Text, ForeignKey("chats.key"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("erase_at", UtcTime),  # set: let go of, out of every reading, and erased at that time
    Column("forgotten_in", _Id),  # the change that let it go, to take it back by
    _guard(),
    Column("person", Text, nullable=False, index=True),
    Column("author", Sealed("text"), nullable=False),
    Column("message", Text, nullable=False),
    Column("photo", Sealed("bytes"), nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_kept_photos_chat", kept_photos.c.chat, kept_photos.c.number)
Index("ix_kept_photos_erase_at", kept_photos.c.erase_at, sqlite_where=kept_photos.c.erase_at.is_not(None))

# Whom a kept photo shows: surely, or perhaps (then it isn't found by that name, but goes with it).
kept_shows = Table(
    "kept_shows",
    metadata,
    Column("kept", ForeignKey("kept_photos.id", ondelete="CASCADE"), primary_key=True),
    Column("concept", ForeignKey("concepts.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("sure", Boolean, nullable=False),
)

# What was said on the web page, for whoever opens it again. `basis` are the facts (ids with words) that a reply rests
# on.
lines = Table(
    "lines",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("chat", Text, nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
    Column("reply", Boolean, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("failed", Boolean, nullable=False),
    Column("pressed", Boolean, nullable=False),
    Column("redacted", Boolean, nullable=False),
    Column("photos", Integer, nullable=False),  # how many came with it
    _guard(),
    Column("entry", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("name", Sealed("text"), nullable=False),
    Column("label", Sealed("text"), nullable=False),
    Column("text", Sealed("text"), nullable=False),
    Column("basis", Sealed("json"), nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_lines_chat", lines.c.chat, lines.c.id)

# What came in and isn't answered yet (`core.store.inbox`). `bot` is whose it is, as "telegram:4242"; `update` is what
# the platform told, with its own ids in place of photos and files. A row is deleted when its answer is out.
inbox = Table(
    "inbox",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("bot", Text, nullable=False),
    Column("chat", Text, nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("edited", Boolean, nullable=False),  # it has changed the chat's memory
    Column("sending", Boolean, nullable=False),  # its answer may have got through
    Column("tries", Integer, nullable=False),  # how often it was taken up again and neither ended nor was cut off
    _guard(),
    Column("message", Text, nullable=False),  # what `answered` marks it by
    Column("update", Sealed("json"), nullable=False),
    sqlite_autoincrement=True,
)

# The processes that serve a bot, each until it has to say again that it lives, and which of them answers which chat,
# "" for none (`core.store.sharing.leases`). `used_at` is when something last came from the chat. Where others hand a
# process what is for it, they reach it at `address` and show it the `secret`; else both are "".
processes = Table(
    "processes",
    metadata,
    Column("process", Text, primary_key=True),
    Column("bot", Text, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("address", Text, nullable=False),
    Column("secret", Text, nullable=False),
)
leases = Table(
    "leases",
    metadata,
    Column("bot", Text, primary_key=True),
    Column("chat", Text, primary_key=True),
    Column("process", Text, nullable=False, index=True),
    Column("used_at", UtcTime, nullable=False),
)

# What a chat's messages are about, for the process that takes the chat over: `about` is the message whose photos it
# speaks of, its own id for the one that brought them, with the platform's ids of these `files`. None of their words.
pointers = Table(
    "pointers",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("bot", Text, nullable=False),
    Column("chat", Text, nullable=False, index=True),
    Column("message", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("until", UtcTime, nullable=False, index=True),
    Column("asks", Boolean, nullable=False),
    _guard(),
    Column("files", Sealed("json")),
)
Index("ix_pointers_bot", pointers.c.bot, pointers.c.chat, pointers.c.message, unique=True)

# And what people were asked there last, each in a thread: what their "yes" means to that process.
asked = Table(
    "asked",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("bot", Text, nullable=False),
    Column("chat", Text, nullable=False, index=True),
    Column("thread", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("until", UtcTime, nullable=False, index=True),
    _guard(),
    Column("question", Sealed("json"), nullable=False),
)
Index("ix_asked_bot", asked.c.bot, asked.c.chat, asked.c.thread, asked.c.person, unique=True)

# Who has signed in on the web page, where several processes serve it: digests of the cookie and of the token that was
# shown for it, and until when (seconds since 1970). With a file as the store, a file beside that has them.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("owner", Boolean, nullable=False),
    Column("until", Float, nullable=False),
    Column("token", Text, nullable=False),
)

# How much of a quota was used, by whom (`core.store.sharing.spending`): a bucket that runs empty with time.
spent = Table(
    "spent",
    metadata,
    Column("key", Text, primary_key=True),
    Column("level", Float, nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

# Whose keys the rows are encrypted with: the key folder's own number, its latest mark of a destruction as it was when
# this database last heard of it (an older copy of the database has an older one), and whether all rows are encrypted.
sealing = Table(
    "sealing",
    metadata,
    Column("number", _Id, primary_key=True, autoincrement=False),  # 1: there is one row at most
    Column("folder", LargeBinary, nullable=False),
    Column("mark", LargeBinary, nullable=False),
    Column("whole", Boolean, nullable=False),
)

# Keys of rows that are gone, by triggers: to be destroyed.
dead_keys = Table(
    "dead_keys",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)
