"""The rows' keys: a folder of blocks, each a file with 256 keys, which no backup of the store takes along.

A key is destroyed by writing zeros over its 32 bytes, in place and at once on the disk: nothing else is written, no
journal holds it, and several processes, on several machines, need no lock for it. A block is made by one process,
which alone gives out its keys. What stands in it is random, and means a key together with the block's own key, which
is closed with the host key. A block of which nothing is left is an empty file.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from cachetools import LRUCache
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from core.errors import Fault, StoreError
from core.names import fold
from core.store.keys.host import HostKey, HostKeyPlace, place_new
from core.store.recovery import backups, holding

KEYS = 256  # in a block
_KEY, _NONCE, _TAG = 32, 12, 16
_MAGIC = b"RAPPORT-KEYS-1\n\0"
_NAMED = 8  # bytes that tell a host key
_HEADER = 128
_ZERO = bytes(_KEY)
_BLOCKS_KEPT = 4096  # in memory, 16 kB each
_FEW = 64  # keys that are left when another block is made
_ABOUT, _MARK, _HELD = "about.json", "mark", "use"
_COPY = "copy"  # stands there while keys that are missing count as destroyed: an older copy was put in their place
ID = 8
"""Bytes of a key's number: seven of its block, and its place in that."""


class KeyDestroyed(Exception):
    """The key was destroyed: what it had encrypted was forgotten."""


class _Block(NamedTuple):
    stored: bytes  # as they stand in the file
    keys: bytes


class KeyFolder:
    """The keys of one store. Everything here blocks, and may be called from any thread."""

    def __init__(self, path: Path, host: HostKeyPlace) -> None:
        self.path, self._place = path, host
        self.id, self._host, self._names = b"", HostKey((), ""), b""
        self._blocks: LRUCache[bytes, _Block] = LRUCache(_BLOCKS_KEPT)
        self._free: list[bytes] = []  # numbers of keys that nobody has been given
        self._lock = threading.Lock()
        self._held: int | None = None

    # -- opening

    @property
    def exists(self) -> bool:
        """Whether there are keys."""
        return (self.path / _ABOUT).exists()

    def open(self) -> None:
        """Open the keys that there are. Raises `StoreError`, having changed nothing, where they can't be."""
        if not self.exists:
            raise StoreError(
                f"The store is encrypted, and its keys, {self.path}, are gone. Put that folder back, from where it was "
                "moved to or from what `python -m bot keys export` has written; nothing was changed."
            )
        host = self._place.read()
        if host is None:
            raise StoreError(
                f"The store is encrypted, and the host key, {self._place.file}, is gone. Put it back: without it "
                "nothing in the store can be read. Nothing was changed."
            )
        self._read(host)

    def make(self) -> None:
        """Open the keys, or begin a folder of them, with a host key if there is none. Raises `StoreError`."""
        if self.exists:
            self.open()
            return
        host = self._place.make()
        named = secrets.token_bytes(ID)
        about = {
            "store": named.hex(),
            "names": _closed(host.keys[0], b"names" + named, secrets.token_bytes(_KEY)).hex(),
        }
        with _told(self.path):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.put(_ABOUT, json.dumps(about).encode(), new=True)
            if not (self.path / _MARK).exists():
                self.put(_MARK, secrets.token_bytes(ID))
        self._read(host)

    def _read(self, host: HostKey) -> None:
        try:
            about = json.loads((self.path / _ABOUT).read_text("utf-8"))
            named, names = bytes.fromhex(about["store"]), bytes.fromhex(about["names"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{self.path / _ABOUT} can't be read. Put it back from an export of the keys.") from error
        self._names = self._opened(host, b"names" + named, names)
        self.id, self._host = named, host

    def _opened(self, host: HostKey, what: bytes, closed: bytes) -> bytes:
        for key in host.keys:
            if closed[:_NAMED] == _name_of(key):
                try:
                    return AESGCM(key).decrypt(closed[_NAMED : _NAMED + _NONCE], closed[_NAMED + _NONCE :], what)
                except InvalidTag:
                    break
        raise StoreError(
            f"The host key, {host.place}, doesn't open the keys in {self.path}: it is another one, or they are "
            "damaged. Put the right one back; nothing was changed."
        )

    @property
    def mark(self) -> bytes:
        """What is another one after each destruction."""
        with _told(self.path):
            return (self.path / _MARK).read_bytes()

    # -- keys

    def bucket(self, name: str) -> int:
        """One of 256 buckets for names that compare equal; without these keys nobody can tell a name's."""
        folded = fold(name).encode("utf-8", "surrogatepass")
        return blake2b(folded, key=self._names, digest_size=1).digest()[0]

    @property
    def is_low(self) -> bool:
        """Whether few keys are ready: making more writes to the disk."""
        return len(self._free) < _FEW

    def refill(self) -> None:
        """Have keys ready. Raises `StoreError`."""
        with self._lock:
            if self.is_low:
                self._free = [*self._new_block(), *self._free]

    def take(self) -> tuple[bytes, bytes]:
        """A new key, which is on the disk, after its number. Raises `StoreError`."""
        with self._lock:
            if not self._free:
                self._free = self._new_block()
            number = self._free.pop()
            return number, _key_in(self._block(number[:-1]), number[-1])

    def key(self, number: bytes) -> bytes:
        """The key of a number. Raises `KeyDestroyed`, or `StoreError` when it isn't in the folder."""
        return self.keys([number])[0]

    def keys(self, numbers: Iterable[bytes]) -> list[bytes]:
        """The keys of many numbers, as `key` has each."""
        found, last, block = [], b"", _Block(b"", b"")
        with self._lock:
            for number in numbers:
                if number[:-1] != last:
                    last, block = number[:-1], self._block(number[:-1])
                found.append(_key_in(block, number[-1]))
        return found

    def is_destroyed(self, number: bytes) -> bool:
        """Whether a key was destroyed. Raises `StoreError` when it isn't in the folder."""
        try:
            self.key(number)
        except KeyDestroyed:
            return True
        return False

    def _block(self, name: bytes) -> _Block:
        block = self._blocks.get(name)
        if block is None:
            block = self._blocks[name] = self._read_block(name)
        return block

    def destroy(self, numbers: Collection[bytes]) -> bytes:
        """Destroy keys for good; returns the mark that says so. What isn't here any more is passed over."""
        by_block = defaultdict[bytes, set[int]](set)
        for number in numbers:
            by_block[number[:-1]].add(number[-1])
        mark = secrets.token_bytes(ID)
        with self._lock, _told(self.path):
            for block, places in by_block.items():
                self._overwrite(block, places)
            with (self.path / _MARK).open("r+b", buffering=0) as file:  # in place: that works on a full disk, too
                file.write(mark)
                os.fsync(file.fileno())
        return mark

    def _overwrite(self, name: bytes, places: Collection[int]) -> None:
        self._blocks.pop(name, None)
        with suppress(FileNotFoundError), (self.path / name.hex()).open("r+b", buffering=0) as file:
            if not os.fstat(file.fileno()).st_size:
                return
            for place in places:
                file.seek(_HEADER + place * _KEY)
                file.write(_ZERO)
            os.fsync(file.fileno())
            file.seek(_HEADER)
            if not any(file.read(KEYS * _KEY)):
                file.truncate(0)
                os.fsync(file.fileno())

    def copy_to(self, target: Path) -> int:
        """Copy all keys into another folder, without what isn't in this one any more; returns how many blocks.

        Raises `StoreError` when another store's are there.
        """
        if self.path.resolve() == target.resolve():
            return 0
        with _told(target):
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            there = target / _ABOUT
            if there.exists() and json.loads(there.read_text("utf-8")) != json.loads((self.path / _ABOUT).read_text()):
                raise StoreError(f"There are other keys in {target} already. Name another folder.")
            names = [name.hex() for name in self.blocks()]
            for name in (*names, _MARK, _ABOUT):  # what makes it a folder of keys comes last
                data = (self.path / name).read_bytes()
                KeyFolder(target, self._place).put(name, data)
        return len(names)

    def take_in(self, source: Path) -> int:
        """Put copied keys in their place; what they don't open counts as forgotten. Returns their number."""
        copied = KeyFolder(source, self._place)
        copied.open()
        count = copied.copy_to(self.path)
        with _told(self.path):
            self.put(_MARK, secrets.token_bytes(ID))
            self.put(_COPY, b"")
        return count

    # -- blocks

    def _new_block(self) -> list[bytes]:
        """Make a block; returns the numbers of its keys."""
        name, own = secrets.token_bytes(ID - 1), secrets.token_bytes(_KEY)
        header = (_MAGIC + _closed(self._host.keys[0], self.id + name, own)).ljust(_HEADER, b"\0")
        stored = secrets.token_bytes(KEYS * _KEY)
        with _told(self.path):
            self.put(name.hex(), header + stored)
        self._blocks[name] = _Block(stored, _unmasked(own, stored))
        return [name + bytes([place]) for place in range(KEYS)]

    def _read_block(self, name: bytes) -> _Block:
        with _told(self.path):
            try:
                data = (self.path / name.hex()).read_bytes()
            except FileNotFoundError as error:
                if (self.path / _COPY).exists():
                    return _Block(b"", b"")
                raise StoreError(
                    f"Keys are missing in {self.path}: it is another store's, or older than this one. Put the newest "
                    "one back.",
                    Fault.GONE,
                ) from error
        if not data:
            return _Block(b"", b"")
        if len(data) != _HEADER + KEYS * _KEY or not data.startswith(_MAGIC):
            raise StoreError(f"{self.path / name.hex()} is damaged. Put it back from an export.", Fault.DAMAGED)
        closed = data[len(_MAGIC) : len(_MAGIC) + _NAMED + _NONCE + _KEY + _TAG]
        own, stored = self._opened(self._host, self.id + name, closed), data[_HEADER:]
        return _Block(stored, _unmasked(own, stored))

    def blocks(self) -> Iterator[bytes]:
        """The numbers of all blocks."""
        for file in sorted(self.path.iterdir()):
            if len(file.name) == 2 * (ID - 1):
                yield bytes.fromhex(file.name)

    def counts(self) -> tuple[int, int]:
        """How many keys there are, given out or not, and how many were destroyed."""
        living = dead = 0
        for name in self.blocks():
            stored = (self.path / name.hex()).read_bytes()[_HEADER:]
            here = sum(stored[place : place + _KEY] != _ZERO for place in range(0, len(stored), _KEY))
            living, dead = living + here, dead + KEYS - here
        return living, dead

    @property
    def host_place(self) -> str:
        """Where the host key is."""
        return self._host.place

    @property
    def host_name(self) -> str:
        """What tells the host key without telling it: 16 letters."""
        return _name_of(self._host.keys[0]).hex()

    def rotate(self) -> int:
        """Close all blocks with a new host key, or with the first where several are given; returns how many were.

        The old one is kept beside until all is done: interrupted, the next call goes on. Raises `StoreError` while a
        program uses the keys.
        """
        held = holding.hold(self.path / _HELD, exclusive=True)
        try:
            if len(self._host.keys) == 1:
                self._place.write((secrets.token_bytes(_KEY), *self._host.keys))
                self._read(self._place.make())
            count = self._rewrap(self._host.keys[0])
            if self._place.is_written_here:
                self._place.write(self._host.keys[:1])
            return count
        finally:
            if held is not None:
                os.close(held)

    def hold(self) -> None:
        """Hold the keys against being closed with another host key meanwhile, until `close`. Raises `StoreError`."""
        self.close()
        self._held = holding.hold(self.path / _HELD, exclusive=False)

    def close(self) -> None:
        """Hold them no more."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def end_import(self) -> None:
        """Let missing keys be an error again: what they had encrypted is gone."""
        (self.path / _COPY).unlink(missing_ok=True)

    def _rewrap(self, first: bytes) -> int:
        with self._lock, _told(self.path):
            count = 0
            for name in self.blocks():
                data = (self.path / name.hex()).read_bytes()
                closed = data[len(_MAGIC) : len(_MAGIC) + _NAMED + _NONCE + _KEY + _TAG]
                if not data or closed[:_NAMED] == _name_of(first):
                    continue
                own = self._opened(self._host, self.id + name, closed)
                header = (_MAGIC + _closed(first, self.id + name, own)).ljust(_HEADER, b"\0")
                self.put(name.hex(), header + data[_HEADER:])
                count += 1
            about = {"store": self.id.hex(), "names": _closed(first, b"names" + self.id, self._names).hex()}
            self.put(_ABOUT, json.dumps(about).encode())
            return count

    def put(self, name: str, data: bytes, *, new: bool = False) -> None:
        """Write a file whole, so that it outlives a power cut; a `new` one unless another process was faster."""
        part = self.path / f".{secrets.token_hex(8)}"
        try:
            file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "wb") as opened:
                opened.write(data)
                opened.flush()
                os.fsync(opened.fileno())
            if new:
                place_new(part, self.path / name)
            else:
                os.replace(part, self.path / name)
            backups.sync(self.path)
        finally:
            part.unlink(missing_ok=True)


def _key_in(block: _Block, place: int) -> bytes:
    """The key at a place of a block. Raises `KeyDestroyed`."""
    start, end = place * _KEY, (place + 1) * _KEY
    if not block.keys or block.stored[start:end] == _ZERO:
        raise KeyDestroyed
    return block.keys[start:end]


def _name_of(host: bytes) -> bytes:
    """What tells a host key without telling it."""
    return blake2b(host, digest_size=_NAMED, person=b"rapport").digest()


def _closed(host: bytes, what: bytes, key: bytes) -> bytes:
    """A key, closed with a host key: whose it is, a nonce, and itself."""
    nonce = secrets.token_bytes(_NONCE)
    return _name_of(host) + nonce + AESGCM(host).encrypt(nonce, key, what)


def _unmasked(own: bytes, stored: bytes) -> bytes:
    """The keys that what stands in a block means."""
    cipher = Cipher(AES(own), CTR(bytes(16))).decryptor()
    return cipher.update(stored) + cipher.finalize()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Raise `StoreError` with a sentence for what goes wrong with the folder's files."""
    try:
        yield
    except OSError as error:
        full = error.errno in {28, 122}
        raise StoreError(
            f"The disk that holds the keys, {path}, is full. Make room: Rapport goes on by itself."
            if full
            else f"The keys in {path} can't be read or written. Check that the folder is there and is yours.",
            Fault.FULL if full else Fault.GONE,
        ) from error
