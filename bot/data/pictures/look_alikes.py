"""Whom the retriever would mistake for whom: the wrong concepts that are hard to tell from the right one."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import Field

from bot.data import steps
from bot.data.augmenting import opened
from bot.data.records import Crop
from bot.data.samples import Value
from bot.data.steps import Record
from core.concepts import Embedding
from core.ports import Encoder, View
from core.recognition.similarity import Parts, best_one, set_similarity

_SHORTLIST = 50  # crops whose vectors are nearest; only they are compared part by part, as in a chat's index


class EncodedCrop(Record):
    """A crop's embedding, as `core.concepts.Embedding.to_bytes` in base64."""

    id: str
    subject: str
    embedding: str


class EncoderOptions(Value):
    """Which encoder, and how many crops of each subject it looks at."""

    identity: str
    crops: int = Field(2, ge=1)


class Embeddings:
    """The step `Crop` → `EncodedCrop`. `encoder` builds the encoder or hands it out, on a thread."""

    record, concurrency = EncodedCrop, 1

    def __init__(self, out: Path, encoder: Callable[[], Encoder], options: EncoderOptions, name: str) -> None:
        self.name, self.options, self._out, self._encoder = name, options, out, encoder

    def id_of(self, given: Crop) -> str:
        """The crop's id."""
        return given.id

    async def make(self, given: Crop) -> Sequence[EncodedCrop]:
        """One embedding. Raises `Refused` for a file that can't be read, `core.errors.ModelError`."""
        found = await asyncio.to_thread(self._embedded, given)
        return [EncodedCrop(id=given.id, subject=given.subject, embedding=b64encode(found.to_bytes()).decode())]

    def _embedded(self, given: Crop) -> Embedding:
        image = opened(self._out / given.crop)
        return self._encoder().encode([View(image, (image.box,))])[0][0]


class RetrieverLookAlikes:
    """`bot.data.negatives.LookAlikes` by the bot's own encoder and similarity; goes on from OUT/embeddings-*.jsonl."""

    def __init__(
        self,
        out: Path,
        encoder: Callable[[], Encoder],
        options: EncoderOptions,
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> None:
        self._out, self._encoder, self._options, self._progress = out, encoder, options, progress

    async def like(self, crops: Sequence[Crop], most: int) -> Mapping[str, Sequence[str]]:
        """For each subject of a split at most so many others, the most alike first. Raises `core.errors.ModelError`."""
        by_subject = defaultdict[str, list[Crop]](list)
        for one in crops:
            by_subject[one.subject].append(one)
        # The sharpest, and of those alike the largest: what a person would choose for a reference.
        best = (sorted(some, key=lambda one: (-round(one.sharpness, 1), -one.share)) for some in by_subject.values())
        looked_at = [one for some in best for one in some[: self._options.crops]]
        if not looked_at:
            return {}
        # A split's embeddings have a file of their own, since a step's file holds what it was run over and no more.
        step = Embeddings(self._out, self._encoder, self._options, f"embeddings-{looked_at[0].split}")
        made = await steps.run(step, looked_at, self._out, self._progress)
        return await asyncio.to_thread(nearest, made.records, most)


def nearest(encoded: Sequence[EncodedCrop], most: int) -> dict[str, list[str]]:
    """For each subject the ids of at most `most` others whose crops are most like one of its own."""
    embeddings = [Embedding.from_bytes(b64decode(one.embedding)) for one in encoded]
    subjects = [one.subject for one in encoded]
    numbers = {who: number for number, who in enumerate(dict.fromkeys(subjects))}
    names, of = list(numbers), np.array([numbers[who] for who in subjects], np.int64)
    found: dict[str, list[str]] = {}
    vectors = np.stack([one.vector for one in embeddings]) if embeddings else np.zeros((0, 1), np.float32)
    for who, number in numbers.items():
        own = np.flatnonzero(of == number)
        likeness = (vectors[own] @ vectors.T).max(0)
        likeness[own] = -np.inf
        others = np.argsort(-likeness, kind="stable")[: min(_SHORTLIST, len(of) - len(own))]
        if not len(others):
            continue
        table = set_similarity(
            Parts.of([embeddings[one] for one in own]), Parts.of([embeddings[one] for one in others])
        )
        groups, best = best_one(table.max(0, keepdims=True), of[others])
        found[who] = [names[int(groups[at])] for at in np.argsort(-best[0], kind="stable")[:most]]
    return found
