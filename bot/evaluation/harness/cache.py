"""What models said, kept by model and photo, so that nothing is embedded twice and a run can be resumed.

One SQLite file. A row is written when its photo is done, so stopping loses at most one photo.
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

from core.concepts import Box, Embedding, Region
from core.images.decoding import Image
from core.ports import Categories, Detector, Encoder, Generator, Prompt, View


class Cache:
    """Bytes by key in one file, from any thread."""

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
        """What was put there, None if nothing was."""
        with self._lock:
            row = self._rows.execute("SELECT value FROM rows WHERE key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else None

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value; it is on disk when this returns."""
        with self._lock:
            self._rows.execute("INSERT OR REPLACE INTO rows VALUES (?, ?)", (key, value))


def key_of(*parts: str | bytes) -> bytes:
    """A key that differs where any part does."""
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8))
        digest.update(data)
    return digest.digest()


class CachedDetector:
    """A `core.ports.Detector` that asks the real one once for each photo. Built when first needed."""

    def __init__(self, build: Callable[[], Detector], identity: str, cache: Cache) -> None:
        self.identity, self._build, self._cache = identity, build, cache

    def detect(self, images: Sequence[Image], _categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        """As the real one."""
        return [self._one(image) for image in images]

    def _one(self, image: Image) -> list[Region]:
        key = key_of("detect", self.identity, *_pixels(image))
        known = self._cache.get(key)
        if known is not None:
            return [Region(Box(*box), category, score) for box, category, score in json.loads(known)]
        (found,) = self._build().detect([image])
        rows = [(one.box, one.category, one.confidence) for one in found]
        self._cache.put(key, json.dumps(rows).encode())
        return found


class CachedEncoder:
    """A `core.ports.Encoder` that asks the real one once for each photo and boxes. Built when first needed.

    What it remembers is as exact as the store's references: half precision.
    """

    def __init__(self, build: Callable[[], Encoder], identity: str, cache: Cache) -> None:
        self.identity, self._build, self._cache = identity, build, cache

    @property
    def dimension(self) -> int:
        """The real one's, which has to be built to tell it."""
        return self._build().dimension

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """As the real one."""
        return [self._one(view) for view in views]

    def _one(self, view: View) -> list[Embedding]:
        key = key_of("encode", self.identity, *_pixels(view.image), repr((view.boxes, view.reference)))
        known = self._cache.get(key)
        if known is None:
            (found,) = self._build().encode([view])
            known = _packed([one.to_bytes() for one in found])
            self._cache.put(key, known)
        return [Embedding.from_bytes(data) for data in _unpacked(known)]


class CachedGenerator:
    """A `core.ports.Generator` that answers each prompt once, for runs that are stopped and resumed."""

    def __init__(self, real: Generator, cache: Cache) -> None:
        self.identity, self.sees = real.identity, real.sees
        self._real, self._cache = real, cache

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        """The whole answer at once."""
        key = key_of("generate", self.identity, *_told(prompt))
        known = self._cache.get(key)
        if known is None:
            known = "".join([piece async for piece in self._real.generate(prompt)]).encode()
            self._cache.put(key, known)
        yield known.decode()


def _told(prompt: Prompt) -> list[str | bytes]:
    words = (prompt.question, prompt.size, prompt.sightings, prompt.names, prompt.history)
    known = [(one.name, one.category, one.info) for one in prompt.known]
    pictures = [prompt.photo or b"", *(one.picture or b"" for one in prompt.known)]
    return [repr((words, known)), *pictures]


def _pixels(image: Image) -> tuple[str, bytes]:
    return f"{image.width}x{image.height}", image.pixels.tobytes()


def _packed(blobs: Sequence[bytes]) -> bytes:
    return b"".join(len(blob).to_bytes(4) + blob for blob in blobs)


def _unpacked(data: bytes) -> list[bytes]:
    blobs, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        blobs.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return blobs
