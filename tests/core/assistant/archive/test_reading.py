"""What an archive's bytes are read as: names by paths, bounds by what comes out, never by what is told."""

from __future__ import annotations

import tracemalloc
import zipfile
from datetime import UTC, datetime

import pytest

from core.assistant.archive import Packer, UnreadableFile, read
from core.assistant.archive.photo_names import name_of
from core.concepts import Box, Concept, Info, Reference
from core.errors import UserError
from core.store.values import NewInfo
from tests.support.hostile.archives import Files, archive, hostile_archives, listing, zipped

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("path", "name"), [
    ("bo.jpg", "bo"), ("Bo.JPG", "Bo"), ("aunt mary.heic", "aunt mary"), ("bo (2).jpg", "bo"), ("bo_1.jpg", "bo"),
    ("bo-03.jpg", "bo"), ("bo 2.jpg", "bo"), ("bo - Copy.jpg", "bo"), ("bo (2) (1).png", "bo"), ("R2D2.jpg", "R2D2"),
    ("bo/1.jpg", "bo"), ("bo/IMG_1234.jpg", "bo"), ("pets/bo/1.jpg", "bo"), ("pets/bo/mia.jpg", "bo"),
    ("bo/photos/1.jpg", "bo"), ("photos/bo.jpg", "bo"), ("bo/100APPLE/IMG_1.jpg", "bo"), ("小白.jpg", "小白"),
    ("sam_1.jpg", "sam"), ("dsc.jpg", "dsc"), ("v1.2.bo.jpg", "v1.2.bo"),
    *[(f"{file}.jpg", None) for file in (
        "IMG_1234", "IMG-20240131-WA0001", "DSC00012", "DSC_0001", "DSCF1234", "_MG_1234", "PXL_20240131_120000123.MP",
        "P1010001", "GOPR0001", "20240131_120000", "2024-01-31 12.00.00", "1", "001", "12 (3)", "image", "image001",
        "photo", "Photo 3", "Screenshot 2024-01-31 at 12.00.00", "WhatsApp Image 2024-01-31 at 12.00.00 (1)",
        "signal-2024-01-31-120000", "550e8400-e29b-41d4-a716-446655440000", "d41d8cd98f00b204e9800998ecf8427e",
        "DCIM/100APPLE/IMG_1234", "Camera/20240131_120000", "fb_img_1700000000000", "unnamed", "scan0001", "",
    )],
])  # fmt: skip
def test_a_photos_name_is_its_folders_or_its_own_and_never_a_cameras(path: str, name: str | None) -> None:
    assert name_of(path) == name


def test_a_name_that_is_made_to_take_long_does_not() -> None:
    for part in ("a" * 60_000, "1 " * 30_000, "abcd-" * 12_000, "(1" * 30_000, "copy " * 12_000):
        name_of(f"{part}/{part}.jpg")


def test_names_that_macos_packs_as_utf8_without_saying_so_are_read_as_that() -> None:
    data = zipped({"bö.jpg": b"x", "bo\u0308se/1.jpg": b"x"})
    for flag in (b"PK\x01\x02", b"PK\x03\x04"):
        place = 8 if flag[2] == 1 else 6
        begin = 0
        while (begin := data.find(flag, begin)) >= 0:
            data = data[: begin + place + 1] + b"\0" + data[begin + place + 2 :]
            begin += 4
    assert [one.name for one in read(data).concepts] == ["bö", "böse"]


def test_photos_stay_packed_until_they_are_needed_and_what_comes_out_is_counted() -> None:
    files: Files = {"rapport.json": listing({"name": "bo", "photos": [{"file": "a.png"}]}), "a.png": bytes(30 << 20)}
    found = read(zipped(files, zipfile.ZIP_DEFLATED))
    with pytest.raises(UnreadableFile):
        found.zip.read("a.png", most=20 << 20)
    assert len(found.zip.read("a.png", most=30 << 20)) == 30 << 20
    assert len(found.zip.read("a.png", most=30 << 20)) == 30 << 20
    with pytest.raises(UserError, match="more than I can take in at once"):
        found.zip.read("a.png", most=30 << 20)


def test_no_hostile_archive_takes_much_memory() -> None:
    for label, data in hostile_archives():
        tracemalloc.start()
        try:
            found = read(data)
            for one in found.concepts:
                for photo in one.photos:
                    found.zip.read(photo.file, most=20_000_000)
        except (UserError, UnreadableFile):
            pass
        finally:
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert peak < 200 << 20, (label, peak)


def test_what_is_packed_is_read_back_however_much_there_is_of_one_name() -> None:
    packer = Packer()
    photos = [
        Reference(n, 1, n == 7, b"jpeg %d" % n, Box(-3, 0, 9, 9), (Box(0, 0, 5, 5),) * 200, "Ann", NOW)
        for n in range(1200)
    ]
    concept = Concept(1, "bo", "dog", tuple(Info(f"text {n}", "Ann", NOW) for n in range(3)), "a", "Ann", NOW, 1200)
    packer.add(concept, photos, b"portrait")
    (bo,) = read(packer.packed()).concepts
    assert (bo.name, bo.category) == ("bo", "dog")
    assert bo.infos == tuple(NewInfo(f"text {n}", NOW) for n in range(3))
    assert len(bo.photos) == 1200
    assert bo.photos[7].negative
    assert bo.photos[0].box == Box(0, 0, 9, 9)


def test_a_version_that_is_not_known_is_named_as_such() -> None:
    data = zipped({"rapport.json": '{"format": 99, "people": {}}'})
    with pytest.raises(UserError, match="newer version of me"):
        read(data)


def test_a_byte_order_mark_is_no_fault() -> None:
    data = zipped({"rapport.json": b"\xef\xbb\xbf" + listing({"name": "bo", "infos": [{"text": "x"}]}).encode()})
    assert [one.name for one in read(data).concepts] == ["bo"]


def test_something_in_front_of_a_zip_is_no_fault() -> None:
    assert [one.name for one in read(b"#!/bin/sh\n" + archive()).concepts] == ["bo"]
