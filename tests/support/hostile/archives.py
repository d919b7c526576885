"""Archives that somebody might send to do harm, or by mistake: each must get a sentence, and no crash.

`hostile_archives()` yields (label, bytes). What can be taken in of one is at most a name "bo" with a red block.
"""

from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping

import PIL.Image

from tests.support.fakes import blocks

Files = Mapping[str, bytes | str]
_BO = {"name": "bo", "photos": [{"file": "bo.png"}]}


def zipped(files: Files, packing: int = zipfile.ZIP_STORED) -> bytes:
    """A sound zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return out.getvalue()


def listing(*concepts: object, **more: object) -> str:
    """A `rapport.json` of those concepts."""
    return json.dumps({"format": 1, "concepts": concepts, **more})


def archive(*concepts: object, packing: int = zipfile.ZIP_STORED) -> bytes:
    """A sound archive with bo's photo, and a list of those concepts (bo alone without any)."""
    return zipped({"rapport.json": listing(*(concepts or (_BO,))), "bo.png": blocks("red").data}, packing)


def hostile_archives() -> Iterator[tuple[str, bytes]]:
    """Every kind, made anew."""
    yield from _damaged()
    yield from _lying()
    yield from _bombs()
    yield from _paths()
    for label, text in _lists():
        yield f"list: {label}", zipped({"rapport.json": text, "bo.png": blocks("red").data})
    for label, text in _rap_lists():
        yield f"RAP's list: {label}", zipped({"database.json": text, "bo.png": blocks("red").data})
    for label, concept in _concepts():
        yield f"concept: {label}", archive(concept)
    for label, data in _photos():
        yield f"photo: {label}", zipped({"rapport.json": listing(_BO), "bo.png": data})


# ── zips ──────────────────────────────────────────────────────────────────────────────────────────


def _damaged() -> Iterator[tuple[str, bytes]]:
    sound, packed = archive(), archive(packing=zipfile.ZIP_DEFLATED)
    yield "nothing", b""
    yield "no zip", b"hello" * 99
    yield "only a beginning", b"PK\x03\x04 broken"
    yield "only an end", b"PK\x05\x06" + bytes(18)
    yield "half", sound[: len(sound) // 2]
    yield "without its last byte", sound[:-1]
    yield "without its end", sound[:-22]
    yield "without its first half", sound[len(sound) // 2 :]
    for label, data in (("stored", sound), ("deflated", packed)):
        yield f"{label} list damaged", _flipped(data, "rapport.json")
        yield f"{label} photo damaged", _flipped(data, "bo.png")
    yield "wrong check sum of the list", _central(sound, "rapport.json", 16, b"\1\2\3\4")
    yield "wrong check sum of the photo", _central(sound, "bo.png", 16, b"\1\2\3\4")
    for label, packing in (("bzip2", zipfile.ZIP_BZIP2), ("LZMA", zipfile.ZIP_LZMA)):
        yield f"packed by {label}", archive(packing=packing)
        yield f"packed by {label}, damaged", _flipped(archive(packing=packing), "bo.png")
    for method in (1, 9, 12, 14, 93, 95, 97, 99, 0xFFFF):
        yield f"packed by method {method}", _central(sound, "rapport.json", 10, struct.pack("<H", method))
        yield f"photo packed by method {method}", _central(sound, "bo.png", 10, struct.pack("<H", method))
    yield "locked list", _central(sound, "rapport.json", 8, b"\1\0")
    yield "locked photo", _central(sound, "bo.png", 8, b"\1\0")
    yield "needs version 99", _central(sound, "rapport.json", 6, b"\x63\0")


def _lying() -> Iterator[tuple[str, bytes]]:
    sound = archive(packing=zipfile.ZIP_DEFLATED)
    for file in ("rapport.json", "bo.png"):
        for label, size in (("small", 3), ("large", 1 << 20), ("huge", 0xFFFFFFFE)):
            yield f"{file} says it is {label}", _central(sound, file, 24, struct.pack("<I", size))
            yield f"{file} says it is packed {label}", _central(sound, file, 20, struct.pack("<I", size))
        yield f"{file} is elsewhere", _central(sound, file, 42, struct.pack("<I", 7))
        yield f"{file} is beyond the end", _central(sound, file, 42, struct.pack("<I", 0xFFFFFF00))
    for label, place, value in (
        ("number of files 65,534", 8, b"\xfe\xff\xfe\xff"),
        ("no files", 8, bytes(4)),
        ("directory too large", 12, b"\xff\xff\xff\x7f"),
        ("directory empty", 12, bytes(4)),
        ("directory elsewhere", 16, b"\xff\xff\xff\x7f"),
        ("other disks", 4, b"\7\0\7\0"),
        ("a comment that isn't there", 20, b"\xff\xff"),
    ):
        yield f"end lies: {label}", sound[:-22] + _patched(sound[-22:], place, value)
    for label, count, size, offset in (
        ("numbers", 1 << 60, 99, 0),
        ("sizes", 2, 1 << 62, 1 << 61),
        ("ones", *3 * (2**64 - 1,)),
    ):
        record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
        locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(sound) - 22, 1)
        end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        yield f"zip64 lies: {label}", sound[:-22] + record + locator + end


def _bombs() -> Iterator[tuple[str, bytes]]:
    photo = blocks("red").data
    yield "a photo of 128 MB of zeros", zipped({"rapport.json": listing(_BO), "bo.png": bytes(1 << 27)}, 8)
    yield "eight photos of zeros", zipped({f"bo/{n}.png": bytes(19 << 20) for n in range(8)}, zipfile.ZIP_DEFLATED)
    yield "a list of zeros", zipped({"rapport.json": bytes(1 << 27)}, zipfile.ZIP_DEFLATED)
    yield "a list of blanks", zipped({"rapport.json": b" " * (9 << 20)}, zipfile.ZIP_DEFLATED)
    lying = _central(zipped({"bo.png": bytes(1 << 27)}, 8), "bo.png", 24, struct.pack("<I", 4096))
    yield "128 MB that say they are small", lying
    yield "60,000 empty files", zipped({f"{n}.txt": b"" for n in range(60_000)})
    yield "one piece of data for many files", _overlapping(2000)
    yield "nested zips", zipped({f"{n}.zip": zipped({"bo.png": photo}) for n in range(9)})
    yield "a zip in a zip", zipped({"archive.zip": archive()})
    yield "a zip that is called a photo", zipped({"bo.png": archive()})
    yield "a comment of 64 kB, and another zip in it", _commented(archive(), archive())


def _paths() -> Iterator[tuple[str, bytes]]:
    photo = blocks("red").data
    for path in (
        "/etc/passwd.png",
        "../bo.png",
        "a/../../bo.png",
        "C:\\bo.png",
        "\\\\host\\share\\bo.png",
        "..\\bo.png",
    ):
        yield f"leads out: {path}", zipped({path: photo})
        yield (
            f"listed, leads out: {path}",
            zipped({"rapport.json": listing({"name": "bo", "photos": [{"file": path}]}), path: photo}),
        )
    for device in ("CON", "NUL.png", "COM1.jpg", "aux.png"):
        yield f"device: {device}", zipped({device: photo})
    for label, mode in (("link", 0o120777), ("device", 0o020666), ("pipe", 0o010666)):
        yield f"a {label}", _central(zipped({"bo.png": photo}), "bo.png", 38, struct.pack("<I", mode << 16))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for files in (
            ("bo.png", "bo.png"),
            ("bo.png", "./bo.png"),
            ("a/bo.png", "a\\bo.png"),
            ("rapport.json", "rapport.json"),
        ):
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as packed:
                for name in files:
                    packed.writestr(zipfile.ZipInfo(name), listing(_BO) if name.endswith("json") else photo)
            yield f"twice: {' and '.join(files)}", out.getvalue()
    yield "a name that is no UTF-8", zipped({"bö.png": photo}).replace("bö".encode(), b"b\xff\xfe")
    yield "a NUL in a name", zipped({"bo_x.png": photo}).replace(b"bo_x", b"bo\0x")
    yield "a line break in a name", zipped({"b\no.png": photo})
    yield "a name turned round", zipped({"b\u202egnp.o.png": photo})
    yield "a long name", zipped({"b" * 60_000 + ".png": photo})
    yield "many folders", zipped({"a/" * 20_000 + "bo.png": photo})
    yield "cameras' names", zipped({"IMG_1234.png": photo, "DSC00012.png": photo, "20240131_120000.png": photo})
    yield "what macOS adds alone", zipped({"__MACOSX/bo.png": photo, "._bo.png": photo, ".DS_Store": b"x"})
    yield "a folder called rapport.json", zipped({"rapport.json/": b"", "rapport.json/bo.txt": b""})
    yield "nothing but a text", zipped({"readme.txt": b"hello"})


# ── lists ─────────────────────────────────────────────────────────────────────────────────────────


def _lists() -> Iterator[tuple[str, str | bytes]]:
    yield "empty", ""
    yield "cut short", listing(_BO)[:-9]
    yield "null", "null"
    yield "a number", "7"
    yield "a text", '"bo"'
    yield "a list", "[]"
    yield "an empty object", "{}"
    yield "brackets", "[" * 100_000
    yield "braces", '{"a":' * 100_000
    yield "closed brackets", "[" * 100_000 + "]" * 100_000
    yield "brackets in it", listing({"name": "bo", "x": 0}).replace("0", "[" * 90_000 + "]" * 90_000)
    yield "two million empty lists", "[" + "[]," * 2_000_000 + "[]]"
    yield "two million numbers", "[" + "1," * 2_000_000 + "1]"
    yield "100,001 names", listing(*({"name": f"n{n}"} for n in range(100_001)))
    yield "9,900 names with a text each", listing(*({"name": f"n{n}", "infos": [{"text": "x"}]} for n in range(9900)))
    yield "20,001 photos", listing(*({"name": f"n{n}", "photos": [{"file": "bo.png"}] * 300} for n in range(70)))
    yield "UTF-16", listing(_BO).encode("utf-16")
    yield "no UTF-8", listing(_BO).encode() + b"\xff\xfe"
    yield "a NUL", listing(_BO) + "\0"
    yield "two of them", listing(_BO) * 2
    yield "a key twice", listing(_BO).replace('"name"', '"name": "rex", "name"')
    yield "concepts twice", listing(_BO)[:-1] + ', "concepts": []}'
    for version in ("99", "2", "0", "-1", "true", '"1"', "1.5", "null", "1e400", "9" * 400, "9" * 5000, "[]"):
        yield f"format {version[:9]}", listing(_BO).replace('"format": 1', f'"format": {version}')
    for concepts in ("{}", "null", '"bo"', "7", "[null]", '["bo"]', "[7]", "[[]]", "[{}]"):
        yield f"concepts {concepts}", f'{{"format": 1, "concepts": {concepts}}}'


def _rap_lists() -> Iterator[tuple[str, str]]:
    for concepts in ("[]", "null", '"bo"', '{"<bo>": null}', '{"<bo>": "bo.png"}', '{"<bo>": []}', '{"": {}}'):
        yield f"concept_dict {concepts}", f'{{"concept_dict": {concepts}}}'
    for record in (
        '"image": 7',
        '"image": ["bo.png"]',
        '"image": {}',
        '"info": {}',
        '"category": 7',
        '"name": []',
        '"image": "gone.png"',
    ):
        yield f"a record with {record}", f'{{"concept_dict": {{"<bo>": {{{record}}}}}}}'
    yield "no concept_dict", '{"path_to_concept": {}}'
    yield "the same name twice", '{"concept_dict": {"<bo>": {"image": "bo.png"}, "<bo>": {"image": "bo.png"}}}'


def _concepts() -> Iterator[tuple[str, object]]:
    value: object
    box: object
    for value in (None, 7, True, [], {}, "", " ", "\n", "<bo>", "b\0o", "b\ud800o", "b" * 65, "b" * 30_000, "\u200b"):
        yield f"name {str(value)[:9]!r}", {"name": value, "photos": [{"file": "bo.png"}]}
    for value in (7, [], {}, "x" * 50, "\ud800"):
        yield f"category {str(value)[:9]!r}", {**_BO, "category": value}
    for value in ("x", [7], [{"text": 7}], [{"text": "x" * 2001}], [{"text": "\0"}], [{"text": "\ud800"}], [{}]):
        yield f"infos {str(value)[:20]}", {**_BO, "infos": value}
    yield "5,000 texts", {**_BO, "infos": [{"text": f"t{n}"} for n in range(5000)]}
    for value in ("bo.png", [7], [{}], [{"file": 7}], [{"file": ""}], [{"file": "gone.png"}], [{"file": "x" * 50_000}]):
        yield f"photos {str(value)[:20]}", {"name": "bo", "photos": value}
    yield "10,000 photos", {"name": "bo", "photos": [{"file": "bo.png"}] * 10_000}
    yield "one photo 400 times", {"name": "bo", "photos": [{"file": "bo.png"}] * 400}
    regions = [{"file": "bo.png", "box": [0, 0, 50 + n, 50]} for n in range(400)]
    yield "one photo in 400 regions", {"name": "bo", "photos": regions}
    for box in (
        *("x", {}, 7, [], [0, 0, 9], [0, 0, 9, 9, 9], ["0", "0", "9", "9"], [True, True, True, True]),
        *([0.5, 0, 9, 9], [-1, 0, 9, 9], [0, 0, 10**400, 9], [0, 0, float("inf"), 9], [float("nan"), 0, 9, 9]),
        *([0, 0, 1 << 40, 9], [None, 0, 9, 9], [[0], 0, 9, 9]),
    ):
        yield f"box {str(box)[:24]}", {"name": "bo", "photos": [{"file": "bo.png", "box": box}]}
        yield f"candidate {str(box)[:24]}", {"name": "bo", "photos": [{"file": "bo.png", "candidates": [box]}]}
    for box in ([9, 9, 0, 0], [5, 5, 5, 5], [90_000, 90_000, 90_001, 90_001], [0, 0, 999_999, 999_999]):
        yield f"box {box} outside", {"name": "bo", "photos": [{"file": "bo.png", "box": box}]}
    yield "9,999 candidates", {"name": "bo", "photos": [{"file": "bo.png", "candidates": [[0, 0, 9, 9]] * 9999}]}
    yield "negative of a text", {"name": "bo", "photos": [{"file": "bo.png", "negative": "yes"}]}
    yield "only a negative photo", {"name": "bo", "photos": [{"file": "bo.png", "negative": True}]}
    yield "a time that is none", {**_BO, "created_at": "yesterday"}


def _photos() -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "a text", b"hello"
    yield "a drawing", b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    yield "half", blocks("red").data[:900]
    yield "a zip", zipped({"bo.png": b""})
    yield "billions of pixels", _png(60_000, 60_000)
    flat = io.BytesIO()
    PIL.Image.new("1", (7000, 6000)).save(flat, "PNG")
    yield "forty million pixels in a few bytes", flat.getvalue()
    yield "a pixel", _png(1, 1)


def _png(width: int, height: int) -> bytes:
    """A PNG that says it has so many pixels, and has one row of them."""
    out = io.BytesIO()
    PIL.Image.new("RGB", (min(width, 999), 1)).save(out, "PNG")
    header = b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    return out.getvalue()[:12] + header + struct.pack(">I", zlib.crc32(header)) + out.getvalue()[33:]


# ── surgery ───────────────────────────────────────────────────────────────────────────────────────


def _patched(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


def _central(data: bytes, name: str, place: int, value: bytes) -> bytes:
    """The zip with something else at a place in a file's record of the directory (APPNOTE.TXT 4.3.12)."""
    begin = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    return _patched(data, begin + place, value)


def _flipped(data: bytes, name: str) -> bytes:
    """The zip with bytes of a file's data turned over."""
    begin = data.index(name.encode()) + len(name) + 8
    return _patched(data, begin, bytes(one ^ 0xFF for one in data[begin : begin + 24]))


def _overlapping(count: int) -> bytes:
    """A directory of many files that all are the same data, as in zip bombs without nested zips."""
    photo = bytes(4 << 20)
    sound = zipped({"bo/0000.png": photo}, zipfile.ZIP_DEFLATED)
    begin = sound.rindex(b"PK\x01\x02")
    record = sound[begin:-22]
    records = b"".join(record.replace(b"0000", b"%04d" % number) for number in range(count))
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(records), begin, 0)
    return sound[:begin] + records + end


def _commented(data: bytes, comment: bytes) -> bytes:
    comment = comment[:65_000]
    return data[:-2] + struct.pack("<H", len(comment)) + comment
