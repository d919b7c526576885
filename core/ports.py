"""The ports: what the core asks of models. Tests put fakes behind these and nowhere else.

Models take and return lists: one call is one batch, and result i belongs to input i.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.concepts import Box, Embedding, Face, Facts, Info, Mask, Region, Sighting
from core.i18n.translator import ENGLISH, Translator
from core.images.decoding import Image
from core.intents import Understood

Survey = tuple[Any, ...]
"""What an encoder has made of a whole photo before anybody could say where to look: for that encoder alone."""


@dataclass(frozen=True, slots=True)
class View:
    """A photo and the boxes in it to embed, all in one go so that a photo is looked at once.

    `reference` asks for a longer look, worth its time for what is going to be remembered; `mask` tells there what the
    photo is about, where that is known. `places` are boxes to embed coarsely, to tell where something is, by an
    encoder to which they cost next to nothing. `survey` is what the encoder has seen of the photo already.
    """

    image: Image
    boxes: tuple[Box, ...]
    reference: bool = False
    mask: Mask | None = None
    places: tuple[Box, ...] = ()
    survey: Survey = ()


Categories = tuple[str, ...]
"""The words that a chat has for its kinds of things."""


class Detector(Protocol):
    """Finds regions: blocking, called on the executor's worker."""

    identity: str

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        """Regions of each photo, the most confident first; boxes in that photo's pixels.

        `categories` are each photo's own words for what may be there, one tuple per photo or none at
        all; what they name comes first. A detector of fixed kinds doesn't heed them. Raises
        `core.errors.ModelError` when the model fails.
        """
        ...


class Saliency(Protocol):
    """Finds what a photo is about, whatever it is: blocking, called on the executor's worker."""

    identity: str

    def salient(self, images: Sequence[Image]) -> list[Mask]:
        """The mask of each photo. Raises `core.errors.ModelError` when the model fails."""
        ...


class Encoder(Protocol):
    """Embeds regions: blocking, called on the executor's worker.

    `identity` names model, weights and preparation: embeddings compare only under the same one.
    """

    identity: str

    @property
    def dimension(self) -> int:
        """How long its vectors are."""
        ...

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """For each view one embedding per box, then one for each of its places or for none of them.

        Raises `core.errors.ModelError` when the model fails.
        """
        ...


class Surveyor(Encoder, Protocol):
    """An encoder that sees most of what it needs before it is known where to look."""

    def survey(self, views: Sequence[View]) -> list[Survey]:
        """What to hand over in `View.survey` once all boxes of a view's photo are known; it has those that are.

        Raises `core.errors.ModelError` when the model fails.
        """
        ...


class FaceFinder(Protocol):
    """Finds faces and embeds them: blocking, called on the executor's worker.

    `identity` is what its embeddings are filed under, as an encoder's.
    """

    identity: str

    def find(self, views: Sequence[View]) -> list[list[Face]]:
        """The faces within each view's boxes, which are of people; each once, the largest first.

        Raises `core.errors.ModelError` when the model fails.
        """
        ...


@dataclass(frozen=True, slots=True, repr=False)
class PromptConcept:
    """A concept handed to the generator: its words, and its reference picture (JPEG) if there is one.

    `info` is the newest of `infos`, which are all that was said of it, from old to new.
    """

    id: int
    name: str
    category: str | None
    info: str
    picture: bytes | None = None
    infos: tuple[Info, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One earlier line of the conversation; `role` is "user" or "assistant".

    A photo that came without a question has an empty `text`. `about` is the key of the photos that were
    spoken of, empty for none; `basis` is what an answer rests on.
    """

    role: str
    text: str
    about: str = ""
    basis: Facts = frozenset()


@dataclass(frozen=True, slots=True, repr=False)
class Prompt:
    """All a generator may know.

    The question, and the translator to answer it in; the photo's size (width and height in pixels, zeros
    without a photo) and, for a generator that sees, its bytes (upright JPEG); who was seen in it; the
    retrieved concepts (those seen and those named); every name the chat knows; the conversation up to the
    photo (`history`), and what was asked and answered about this photo since (`said`).
    `understood` is what the question was taken for; without it, who answers makes that out. `album` are the prompts of
    all photos of one message, for who answers them together; empty for a single photo. `brought` is whether the photo
    came with the question, rather than being the chat's last one.
    """

    question: str
    photo: bytes | None = None
    size: tuple[int, int] = (0, 0)
    sightings: tuple[Sighting, ...] = ()
    known: tuple[PromptConcept, ...] = ()
    names: tuple[str, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    said: tuple[HistoryEntry, ...] = ()
    translator: Translator = ENGLISH
    understood: Understood | None = None
    album: tuple[Prompt, ...] = ()
    brought: bool = False

    @property
    def shows(self) -> bool:
        """Whether the question is about a photo."""
        return self.size != (0, 0)


class StatusMessage(str):
    """A piece that is no part of the answer: why it takes so long, in English, to be said in the chat's language.

    It is shown until the next piece comes.
    """

    __slots__ = ()


class Generator(Protocol):
    """Answers a prompt in words. Never blocks the loop.

    `sees` is whether it looks at pictures; only then does a prompt carry any.
    """

    identity: str
    sees: bool

    def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        """The answer in pieces, in order, a `StatusMessage` among them perhaps.

        Raises `core.errors.GeneratorError` or `core.errors.Busy`.
        """
        ...
