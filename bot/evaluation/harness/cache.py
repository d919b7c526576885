"""Models' results by model and input in an SQLite file, so that nothing is computed twice and a run can be resumed.

A row is written when its photo is done: a run that is stopped loses at most one photo.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import numpy as np

from core.concepts import Box, Embedding, Mask, Region
from core.images.decoding import Image
from core.ports import Categories, Detector, Encoder, Generator, Prompt, Saliency, View


class Cache:
    """Bytes by key in one SQLite file; its methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._rows = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=60)
        self._rows.execute("PRAGMA journal_mode = WAL")
        self._rows.execute("PRAGMA synchronous = NORMAL")
        self._rows.execute("CREATE TABLE IF NOT EXISTS rows (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.close()

    def get(self, key: bytes) -> bytes | None:
        """The value that was put under a key, None if there is none."""
        with self._lock:
            row = self._rows.execute("SELECT value FROM rows WHERE key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else None

    def put(self, key: bytes, value: bytes) -> None:
        """Store a value under a key; it is on disk when this returns."""
        with self._lock:
            self._rows.execute("INSERT OR REPLACE INTO rows VALUES (?, ?)", (key, value))


def key_of(*parts: str | bytes) -> bytes:
    """A hash of 20 bytes over the parts and their lengths."""
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8))
        digest.update(data)
    return digest.digest()


class CachedDetector:
    """A `core.ports.Detector` that calls the real one once for each photo; `build` makes that when first needed."""

    def __init__(self, build: Callable[[], Detector], identity: str, cache: Cache) -> None:
        self.identity, self._build, self._cache = identity, build, cache

    def detect(self, images: Sequence[Image], _categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        """The regions of each image, as the real detector gives them; categories are ignored."""
        return [self._one(image) for image in images]

    def _one(self, image: Image) -> list[Region]:
        key = key_of("detect", self.identity, *_pixels(image))
        stored = self._cache.get(key)
        if stored is not None:
            return [Region(Box(*box), category, score) for box, category, score in json.loads(stored)]
        (found,) = self._build().detect([image])
        rows = [(one.box, one.category, one.confidence) for one in found]
        self._cache.put(key, json.dumps(rows).encode())
        return found


class CachedSaliency:
    """A `core.ports.Saliency` that calls the real one once for each photo; `build` as above."""

    def __init__(self, build: Callable[[], Saliency], identity: str, cache: Cache) -> None:
        self.identity, self._build, self._cache = identity, build, cache

    def salient(self, images: Sequence[Image]) -> list[Mask]:
        """The mask of each image, rounded to half precision."""
        masks = []
        for image in images:
            key = key_of("salient", self.identity, *_pixels(image))
            packed = self._cache.get(key)
            if packed is None:
                (found,) = self._build().salient([image])
                packed = len(found.cells).to_bytes(4) + found.cells.astype(np.float16).tobytes()
                self._cache.put(key, packed)
            cells = np.frombuffer(packed, np.float16, offset=4).astype(np.float32)
            masks.append(Mask(cells.reshape(int.from_bytes(packed[:4]), -1)))
        return masks


class CachedEncoder:
    """A `core.ports.Encoder` that calls the real one once for each photo and its boxes; `build` as above.

    Embeddings are rounded to half precision, as in the store.
    """

    def __init__(self, build: Callable[[], Encoder], identity: str, cache: Cache) -> None:
        self.identity, self._build, self._cache = identity, build, cache

    @property
    def dimension(self) -> int:
        """The dimension of the real encoder, which is built for that."""
        return self._build().dimension

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """The embeddings of each view's boxes and places, as the real encoder gives them."""
        return [self._one(view) for view in views]

    def _one(self, view: View) -> list[Embedding]:
        mask = view.mask.cells.tobytes() if view.mask else b""
        asked = (view.boxes, view.reference, *view.places)
        key = key_of("encode", self.identity, *_pixels(view.image), repr(asked), mask)
        packed = self._cache.get(key)
        if packed is None:
            (found,) = self._build().encode([view])
            packed = b"".join(len(blob).to_bytes(4) + blob for blob in (one.to_bytes() for one in found))
            self._cache.put(key, packed)
        embeddings, start = [], 0
        while start < len(packed):
            end = start + 4 + int.from_bytes(packed[start : start + 4])
            embeddings.append(Embedding.from_bytes(packed[start + 4 : end]))
            start = end
        return embeddings


class CachedGenerator:
    """A `core.ports.Generator` that has the real one answer each prompt once."""

    def __init__(self, real: Generator, cache: Cache) -> None:
        self.identity, self.sees = real.identity, real.sees
        self._real, self._cache = real, cache

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        """The whole answer in one piece."""
        words = (prompt.question, prompt.size, prompt.sightings, prompt.names, prompt.history)
        known = [(one.name, one.category, one.info) for one in prompt.known]
        pictures = [prompt.photo or b"", *(one.picture or b"" for one in prompt.known)]
        key = key_of("generate", self.identity, repr((words, known)), *pictures)
        answer = self._cache.get(key)
        if answer is None:
            answer = "".join([piece async for piece in self._real.generate(prompt)]).encode()
            self._cache.put(key, answer)
        yield answer.decode()


def _pixels(image: Image) -> tuple[str, bytes]:
    return f"{image.width}x{image.height}", image.pixels.tobytes()
