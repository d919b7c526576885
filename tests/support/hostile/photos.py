"""Pictures made to keep a decoder busy, to fill its memory, or to break it; each a few megabytes at most.

    for kind, data in hostile_photos(): ...

None of them is to crash anything; some are harmless pictures in a strange dress, which may be answered.
"""

from __future__ import annotations

import functools
import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import PIL.Image
import pillow_jxl  # noqa: F401 - lets Pillow write JPEG XL
from pillow_heif import from_pillow


def hostile_photos(seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Each kind once, by its name; another seed gives other damage."""
    for kind, make in _KINDS.items():
        yield kind, make(random.Random(seed))  # noqa: S311 - the same damage each time


@functools.cache
def endless_scans(count: int, side: int) -> bytes:
    """A progressive JPEG, `side` pixels wide and high, whose last scan comes `count` times."""
    data = _saved(PIL.Image.new("RGB", (side, side), (90, 120, 150)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + b"\xff\xd9"


def _saved(picture: PIL.Image.Image, format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    if format == "HEIF":
        from_pillow(picture).save(out, **options)
    else:
        picture.save(out, format, **options)
    return out.getvalue()


@functools.cache
def _plain(format: str, side: int = 64) -> bytes:
    gradient = np.add.outer(np.arange(side) * 2, np.arange(side)) % 256
    return _saved(PIL.Image.fromarray(gradient.astype(np.uint8)).convert("RGB"), format)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width: int, height: int, pixels: bytes, *extra: bytes, depth: int = 8, mode: int = 2, laced: int = 0) -> bytes:
    """A PNG whose header and pixels need not agree; `extra` are chunks before the pixels."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, mode, 0, 0, laced))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


@functools.cache
def _zeros(count: int) -> bytes:
    """That many zero bytes, deflated."""
    deflate = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [deflate.compress(block) for _ in range(count >> 20)]
    return b"".join([*parts, deflate.compress(bytes(count & 0xFFFFF)), deflate.flush()])


def _segments(marker: int, body: bytes, count: int) -> bytes:
    """A small JPEG with a segment `count` times before its own."""
    segment = bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
    plain = _plain("JPEG")
    return plain[:2] + segment * count + plain[2:]


def _icc(count: int) -> bytes:
    plain = _plain("JPEG")
    parts = (
        b"\xff\xe2" + struct.pack(">H", 65000 + 16) + b"ICC_PROFILE\0" + bytes([n % 255 + 1, 255]) + bytes(65000)
        for n in range(count)
    )
    return plain[:2] + b"".join(parts) + plain[2:]


def _patched(data: bytes, at: bytes, offset: int, new: bytes) -> bytes:
    """The bytes with some replaced, `offset` behind the first occurrence of `at`."""
    start = data.index(at) + offset
    return data[:start] + new + data[start + len(new) :]


def _frames(format: str, count: int) -> bytes:
    frames = [PIL.Image.new("P", (64, 64), n % 256) for n in range(count)]
    return _saved(frames[0], format, save_all=True, append_images=frames[1:])


def _endless_gif() -> bytes:
    """One GIF frame whose pixel data never says that it ends."""
    head = b"GIF89a" + struct.pack("<HHBBB", 6000, 6000, 0x80, 0, 0) + bytes(6)
    image = b"," + struct.pack("<HHHHB", 0, 0, 6000, 6000, 0) + b"\x02"
    return head + image + (b"\xff" + b"\x44\x92\x24" * 85) * 12_000


def _exif(body: bytes) -> bytes:
    return _saved(PIL.Image.new("RGB", (64, 64)), "JPEG", exif=b"Exif\0\0" + body)


def _looped_exif() -> bytes:
    """Two directories that follow each other for ever, and an entry that says it holds four billion values."""
    entry = struct.pack("<HHII", 0x0112, 3, 0xFFFFFFFF, 8)
    return _exif(b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8))


def _damaged(format: str) -> Callable[[random.Random], bytes]:
    def make(chance: random.Random) -> bytes:
        data = bytearray(_plain(format, 256))
        for _ in range(chance.randint(1, 40)):
            data[chance.randrange(12, len(data))] = chance.randrange(256)
        return bytes(data)

    return make


def _cut(format: str) -> Callable[[random.Random], bytes]:
    return lambda chance: (data := _plain(format, 256))[: chance.randrange(13, len(data) - 1)]


def _random_after(head: bytes) -> Callable[[random.Random], bytes]:
    return lambda chance: head + chance.randbytes(chance.randint(10, 60_000))


_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "HEIF", "AVIF", "JXL")
_KINDS: dict[str, Callable[[random.Random], bytes]] = {
    "jpeg: 2,000 scans": lambda _: endless_scans(2000, 3000),
    "jpeg: 80 scans of 49 megapixels": lambda _: endless_scans(80, 7000),
    "jpeg: says it is 65,500 × 65,500": lambda _: _patched(_plain("JPEG"), b"\xff\xc0", 5, b"\xff\xdc\xff\xdc"),
    "jpeg: says it is 7,000 × 7,000, and has 64": lambda _: _patched(
        _plain("JPEG"), b"\xff\xc0", 5, struct.pack(">HH", 7000, 7000)
    ),
    "jpeg: says it is 0 × 0": lambda _: _patched(_plain("JPEG"), b"\xff\xc0", 5, bytes(4)),
    "jpeg: 30,000 Huffman tables": lambda _: _segments(0xC4, b"\x00" + bytes([0, 1, *[0] * 14]) + b"\x05", 30_000),
    "jpeg: 200,000 quantisation tables": lambda _: _segments(0xDB, b"\x00" + b"\x01" * 64, 200_000),
    "jpeg: 280 comments of 64 kB": lambda _: _segments(0xFE, bytes(65_000), 280),
    "jpeg: 1,000,000 empty comments": lambda _: _segments(0xFE, b"", 1_000_000),
    "jpeg: colour profile of 16 MB": lambda _: _icc(250),
    "jpeg: 15 MB of garbage after the header": lambda chance: _plain("JPEG")[:200] + chance.randbytes(15_000_000),
    "jpeg: 15 MB after its end": lambda _: _plain("JPEG") + bytes(15_000_000),
    "jpeg: 49 megapixels of CMYK": lambda _: _saved(PIL.Image.new("CMYK", (7000, 7000)), "JPEG"),
    "jpeg: 12 bits": lambda _: _patched(_plain("JPEG"), b"\xff\xc0", 4, b"\x0c"),
    "jpeg: arithmetic coding": lambda _: _plain("JPEG").replace(b"\xff\xc0", b"\xff\xc9"),
    "jpeg: lossless": lambda _: _plain("JPEG").replace(b"\xff\xc0", b"\xff\xc3"),
    "jpeg: looped EXIF": lambda _: _looped_exif(),
    "jpeg: EXIF that points outside": lambda _: _exif(b"MM\0*\xff\xff\xff\xf0"),
    "jpeg: 100 photos in one file": lambda _: _plain("JPEG") * 100,
    "png: says it is 2,147,483,647 wide": lambda _: _png(2**31 - 1, 1, _zeros(100)),
    "png: says it is 100,000 × 100,000": lambda _: _png(100_000, 100_000, _zeros(1000)),
    "png: 49 megapixels of nothing": lambda _: _png(7000, 7000, _zeros(7000 * 21001)),
    "png: 49 megapixels, interlaced": lambda _: _png(7000, 7000, _zeros(7000 * 21001 + 40_000), laced=1),
    "png: 36 megapixels of 16 bits and alpha": lambda _: _png(6000, 6000, _zeros(6000 * 48001), depth=16, mode=6),
    "png: 1 GB behind a header of 16 × 16": lambda _: _png(16, 16, _zeros(1_000_000_000)),
    "png: 45 megapixels with one pixel's bytes": lambda _: _png(6700, 6700, _zeros(3)),
    "png: a line of 50,000,000 pixels": lambda _: _png(50_000_000, 1, _zeros(150_000_001)),
    "png: colour profile that unpacks to 500 MB": lambda _: _png(
        64, 64, _zeros(64 * 193), _chunk(b"iCCP", b"x\0\0" + _zeros(500_000_000))
    ),
    "png: text that unpacks to 500 MB": lambda _: _png(
        64, 64, _zeros(64 * 193), _chunk(b"zTXt", b"x\0\0" + _zeros(500_000_000))
    ),
    "png: 60 texts that unpack to 1 MB": lambda _: _png(
        64, 64, _zeros(64 * 193), *[_chunk(b"iTXt", b"x\0\1\0\0\0" + _zeros(1_000_000))] * 60
    ),
    "png: 300,000 chunks": lambda _: _png(64, 64, _zeros(64 * 193), *[_chunk(b"teSt", b"")] * 300_000),
    "png: a chunk of 4 GB": lambda _: _plain("PNG")[:33] + b"\xff\xff\xff\xf0tEXt" + bytes(100),
    "png: 16 × 16 of an unknown depth": lambda _: _png(16, 16, _zeros(10), depth=77),
    "png: text called exif": lambda _: _png(64, 64, _zeros(64 * 193), _chunk(b"tEXt", b"exif\0II*\0garbage")),
    "png: 2,000 frames": lambda _: _frames("PNG", 2000),
    "gif: 2,000 frames": lambda _: _frames("GIF", 2000),
    "gif: a screen of 65,535 × 65,535": lambda _: _patched(_plain("GIF"), b"GIF8", 6, b"\xff\xff\xff\xff"),
    "gif: a frame larger than its screen": lambda _: _patched(_plain("GIF"), b",", 5, b"\xff\xff\xff\xff"),
    "gif: pixels without an end": lambda _: _endless_gif(),
    "gif: 200,000 comments": lambda _: (gif := _plain("GIF"))[:13] + b"!\xfe\x01x\0" * 200_000 + gif[13:],
    "webp: 500 frames": lambda _: _frames("WEBP", 500),
    "webp: says it is 16,383 × 16,383": lambda _: _patched(_plain("WEBP"), b"\x9d\x01\x2a", 3, b"\xff\x3f\xff\x3f"),
    "webp: a size of 4 GB": lambda _: _patched(_plain("WEBP"), b"RIFF", 4, b"\xff\xff\xff\xff"),
    "heic: says it is 60,000 × 60,000": lambda _: _patched(
        _plain("HEIF"), b"ispe", 8, struct.pack(">II", 60_000, 60_000)
    ),
    "heic: boxes in boxes": lambda _: _plain("HEIF")[:32] + b"\0\0\0\x08meta" * 200_000,
    "heic: a box of 2⁶⁴ bytes": lambda _: _plain("HEIF")[:32] + b"\0\0\0\x01meta" + b"\xff" * 8 + bytes(64),
    **{f"{one.lower()}: damaged": _damaged(one) for one in _FORMATS},
    **{f"{one.lower()}: cut off": _cut(one) for one in _FORMATS},
    "jpeg: noise": _random_after(b"\xff\xd8\xff\xe0"),
    "png: noise": _random_after(b"\x89PNG\r\n\x1a\n"),
    "gif: noise": _random_after(b"GIF89a"),
    "webp: noise": _random_after(b"RIFF\xff\xff\0\0WEBPVP8 "),
    "jxl: says it is 2³⁰ × 2³⁰": lambda _: (
        b"\xff\x0a" + struct.pack("<Q", 0b110 | (2**30 - 1) << 3 | 1 << 33) + bytes(50)
    ),
    "jxl: noise": _random_after(b"\xff\x0a"),
    "avif: noise": _random_after(b"\0\0\0\x18ftypavif\0\0\0\0mif1avif"),
    "heic: noise": _random_after(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
    "noise": lambda chance: chance.randbytes(5000),
    "nothing": lambda _: b"",
}
