"""Photos that tell more than they show, in every format that carries such things."""

from __future__ import annotations

import io

import PIL.Image
import pillow_heif
from PIL.ExifTags import GPS, IFD, Base

KINDS = ("JPEG", "PNG", "WEBP", "HEIF", "GIF")
_SIZE = (64, 48)


def photo_with_a_past(kind: str) -> bytes:
    """A photo that says where and with what it was taken, and has something else behind its end."""
    image = PIL.Image.new("RGB", _SIZE, (120, 90, 150))
    exif = image.getexif()
    exif[Base.Make], exif[Base.ImageDescription] = "Secretcam", "at home with secret"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (48.0, 8.0, 13.0)
    out = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.from_pillow(image).save(out, exif=exif.tobytes())
    else:
        image.save(out, kind, exif=exif, **({"comment": b"a secret"} if kind in {"JPEG", "GIF"} else {}))
    return out.getvalue() + b"PK\x03\x04 a secret behind the end"


def assert_nothing_but_pixels(data: bytes) -> None:
    """That it is such a photo's pixels as a JPEG and nothing else."""
    assert b"ecret" not in data
    assert data.endswith(b"\xff\xd9")
    with PIL.Image.open(io.BytesIO(data)) as shown:
        assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", _SIZE, {})
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
