"""What goes in and out of the store: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np

from core.concepts import Box, Comparison, Concept, Embedding, FaceVector, Facts, Info, Merged, Reference, Verdict
from core.errors import Fault

_NOBODY = b"\0"  # stands for the face of what is no person


class Encoders(NamedTuple):
    """The identities under which embeddings are filed: of regions, and of faces ("" where none are compared)."""

    regions: str
    faces: str = ""


@dataclass(frozen=True, slots=True)
class ChatState:
    """A chat's revision, which every edit raises (0: never edited), and its settings.

    With a `fault` it is what was last so: the store can't be read right now.
    """

    revision: int
    settings: Mapping[str, str]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Arrival:
    """Something that a platform brought: its chat's key, and `id`, which tells it from all others of that chat.

    `update` is all that is needed to take it up after a restart, as JSON, with the platform's own ids in place of
    photos and files.
    """

    chat: str
    id: str
    update: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """The row of an arrival, and whether it is `ours` to answer: whether this process answers its chat.

    Where chats have leases `older` are the rows of its chat that were there before.
    """

    row: int
    ours: bool = True
    older: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Process:
    """A process that answers chats. Others reach it at an address (a URL), if it has one, and show it the secret."""

    id: str
    address: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class SignIn:
    """A browser that signed in, until that time (seconds since 1970). `token` is a digest of what it showed."""

    owner: bool
    until: float
    token: str


@dataclass(frozen=True, slots=True, repr=False)
class Received:
    """A row of the inbox: an `Arrival` of that chat and `id`, which came `at` a time and isn't answered.

    `edited` says that it has changed the chat's memory, `sending` that its answer may have got through, `tries` how
    often it was taken up again by a process that died of something then.
    """

    row: int
    chat: str
    id: str
    at: datetime
    edited: bool
    sending: bool
    tries: int
    update: Mapping[str, Any]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ReferenceFace:
    """What was found of a reference's face: its embedding, (0,) for a person whose face can't be seen.

    None for what is no person.
    """

    embedding: FaceVector | None = None

    @property
    def visible(self) -> FaceVector | None:
        """The embedding of a face that can be seen."""
        return self.embedding if self.embedding is not None and self.embedding.size else None

    def to_bytes(self) -> bytes:
        """Bytes for the store; `read` is the way back."""
        return _NOBODY if self.embedding is None else self.embedding.astype(np.float32).tobytes()

    @staticmethod
    def read(data: bytes | None) -> FaceVector | None:
        """The embedding in what `to_bytes` wrote; None also where nothing was written."""
        return None if data is None or data == _NOBODY else np.frombuffer(data, np.float32)


@dataclass(frozen=True, slots=True, repr=False)
class StaleFace:
    """A reference whose face nobody has looked for, and its concept's category."""

    category: str | None
    reference: Reference


@dataclass(frozen=True, slots=True, repr=False)
class NewReference:
    """A photo region about to be stored: a JPEG of at most 1024 px, boxes in its pixels."""

    photo: bytes
    box: Box
    candidates: tuple[Box, ...]
    embedding: Embedding
    negative: bool = False
    cover: bool = False  # it stands for its concept, unless another one does
    evidence: Comparison | None = None  # of the answer that it is, where it is one
    face: ReferenceFace | None = None  # where it was looked for; kept only in a chat that compares faces


@dataclass(frozen=True, slots=True)
class SightingNote:
    """One line of a chat's diary: when somebody was surely seen, and the name of who sent the photo ("" if unknown)."""

    at: datetime
    sender: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class NewInfo:
    """A text of an archive; `at` is when it was said, as far as the archive tells."""

    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class NewConcept:
    """What an archive says of one concept: its name and category, texts and sightings from old to new, photos."""

    name: str
    category: str | None = None
    infos: tuple[NewInfo, ...] = ()
    references: tuple[NewReference, ...] = ()
    sightings: tuple[SightingNote, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class NewKept:
    """A photo about to be kept: a JPEG of at most 1024 px, and whom it shows by their ids, surely or perhaps.

    `message` tells the photo from others: the platform's id of the message that it came with, and its number there.
    `at` is an archive's word on when it was kept; else it is now.
    """

    photo: bytes
    shows: Mapping[int, bool]
    message: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A photo that somebody chose to keep; `number` is what the chat calls it by.

    `shows` are the names of those whom it surely shows, `perhaps` of those whom it may.
    """

    id: int
    number: int
    author: str
    at: datetime
    shows: tuple[str, ...]
    perhaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredEmbedding:
    """The embedding of one reference; a negative one says what the concept does not look like.

    `face` is that of its face as `ReferenceFace` has it.
    """

    id: int
    concept_id: int
    negative: bool
    embedding: Embedding
    face: FaceVector | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """All that recognition needs of a chat, read in one piece at `revision`.

    `answers` are the latest to "is this bo?", the newest first, `refused` the faces that are not to be recognised.
    """

    revision: int
    concepts: tuple[Concept, ...]
    references: tuple[StoredEmbedding, ...]
    merged: tuple[Merged, ...] = ()
    answers: tuple[Verdict, ...] = ()
    refused: tuple[FaceVector, ...] = ()


@dataclass(frozen=True, slots=True)
class MemoryChanges:
    """What of a chat's memory is another at `revision` than it was at an earlier one.

    `concepts` and `references` are those among the changed ones (by their ids) that are there; the others are gone,
    and with a concept its references. `merged`, `answers` and `refused` are all of them, as in `Memory`.
    """

    revision: int
    concept_ids: frozenset[int]
    reference_ids: frozenset[int]
    concepts: tuple[Concept, ...]
    references: tuple[StoredEmbedding, ...]
    merged: tuple[Merged, ...] = ()
    answers: tuple[Verdict, ...] = ()
    refused: tuple[FaceVector, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class SaidLine:
    """A message on the web page, or the reply to one: `entry` is its id, `about` that of what it answers.

    `author` is the sender's id, for a reply that of whom it answers; `name` and `label` are the sender's name and the
    pressed button's words; `photos` is how many came with it. `basis` is what a reply rests on. A `redacted` reply has
    lost its text.
    """

    entry: str
    text: str
    at: datetime
    reply: bool = False
    about: str = ""
    author: str = ""
    name: str = ""
    label: str = ""
    private: bool = False
    failed: bool = False
    pressed: bool = False
    redacted: bool = False
    photos: int = 0
    basis: Facts = frozenset()


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody's word on training in a chat: who (id and name), when, and to which wording (`core.policy.consent`)."""

    person: str
    name: str
    at: datetime
    wording: int


@dataclass(frozen=True, slots=True)
class Consents:
    """Who has turned training on in a chat, if it is on, and who agrees that what they taught is used for it."""

    opened: Consent | None = None
    agreed: tuple[Consent, ...] = ()

    def of(self, person: str) -> Consent | None:
        """The person's consent, None without one."""
        return next((one for one in self.agreed if one.person == person), None)


@dataclass(frozen=True, slots=True, repr=False)
class TaughtConcept:
    """What of a concept may be used for training: its photos and texts that were taught here by people who agree.

    `names` are those that must appear nowhere: its own first, then all others of the chat, of people and of concepts.
    """

    id: int
    category: str | None
    names: tuple[str, ...]
    infos: tuple[Info, ...]
    references: tuple[Reference, ...]


class ChangeKind(StrEnum):
    """What an edit did."""

    REMEMBER = "remember"
    CORRECT = "correct"
    MOVE = "move"  # a photo's region
    REASSIGN = "reassign"  # a photo, to another concept
    REMOVE = "remove"  # a photo
    MERGE = "merge"
    COVER = "cover"  # which photo stands for it
    RENAME = "rename"
    DESCRIBE = "describe"
    UNDESCRIBE = "undescribe"  # some texts, or all
    RETELL = "retell"  # some texts, with others in their place
    CATEGORISE = "categorise"
    FORGET = "forget"
    FORGET_ALL = "forget_all"
    KEEP = "keep"  # a photo
    UNKEEP = "unkeep"
    IMPORT = "import"  # an archive, as one change
    IMPORTED = "imported"  # what one concept got of it: a part of that change, never taken back alone by "the last one"


@dataclass(frozen=True, slots=True)
class Change:
    """An edit of one concept, done: `concept` is how it stands now (how it was, if forgotten).

    `created` says that the concept is new; `references` are the ids of those it added or moved.
    """

    id: int
    kind: ChangeKind
    concept: Concept
    created: bool = False
    references: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """One concept of an archive taken in, as it stands now; `id` is the change that the whole import is.

    `kept_words` says that texts or a category stayed out, since somebody else had remembered the concept.
    """

    id: int
    concept: Concept
    kept_words: bool = False


@dataclass(frozen=True, slots=True)
class Undone:
    """An edit taken back. `name` is the concept's name now, `before` what it was called or filed under.

    Of two that were one or shared a photo, `name` is the one that keeps what it had, `before` the other one.

    `gone` says that nothing is left of the concept; `count` is how many concepts it touched.
    """

    kind: ChangeKind
    name: str
    before: str | None = None
    gone: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True)
class Totals:
    """How much all chats keep together; `bytes` is the photos' size."""

    chats: int
    concepts: int
    references: int
    bytes: int
