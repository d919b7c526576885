from __future__ import annotations

import pytest

from core.messages import Attachment, AttachmentKind, Photo, Unreadable
from core.platforms.attachments import read_attachment
from tests.support.fakes_web import picture


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("bo.jpg", "image/jpeg"), ("bo", ""), ("bo.pdf", "application/pdf"), ("bo.zip", "application/octet-stream")],
)
def test_a_picture_is_a_photo_whatever_its_name_and_type_say(name: str, media_type: str) -> None:
    data = picture()
    found = read_attachment(data, name, media_type)
    assert isinstance(found, Photo)
    assert (found.data, found.name) == (data, name)


@pytest.mark.parametrize(("name", "media_type"), [("bo.jpg", ""), ("bo.avif", "image/avif"), ("bo", "image/jpeg")])
def test_what_claims_to_be_a_picture_goes_to_whoever_says_what_is_wrong_with_it(name: str, media_type: str) -> None:
    assert isinstance(read_attachment(b"broken", name, media_type), Photo)


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (b"", "rapport.ZIP", "image/jpeg"),
        (b"PK\x03\x04", "rapport", "application/x-zip-compressed"),
        (b"PK\x03\x04", "rapport", ""),
    ],
)
def test_a_zip_is_a_file(data: bytes, name: str, media_type: str) -> None:
    found = read_attachment(data, name, media_type)
    assert isinstance(found, Attachment)
    assert (found.data, found.name, found.media_type) == (data, name, "application/zip")


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [
        ("walk.mp4", "", AttachmentKind.VIDEO),
        ("walk", "video/quicktime", AttachmentKind.VIDEO),
        ("bark.mp3", "application/octet-stream", AttachmentKind.AUDIO),
        ("bark", "audio/ogg", AttachmentKind.AUDIO),
        ("letter.pdf", "", AttachmentKind.FILE),
        ("notes", "", AttachmentKind.FILE),
    ],
)
def test_anything_else_is_reported_with_its_name_and_kind(name: str, media_type: str, kind: AttachmentKind) -> None:
    assert read_attachment(b"something", name, media_type) == Unreadable(kind, name)


def test_a_document_that_is_a_zip_inside_is_not_taken_for_one() -> None:
    docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert read_attachment(b"PK\x03\x04", "letter", docx) == Unreadable(AttachmentKind.FILE, "letter")
