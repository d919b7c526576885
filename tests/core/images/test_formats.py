"""What people's files are like: phones, cameras, broken downloads, programs that mean well."""

from __future__ import annotations

import io
import struct

import numpy as np
import PIL.Image
import pillow_heif
import pytest

from core.errors import BadPhoto
from core.images.decoding import Limits, decode
from core.images.formats import media_type
from core.images.jxl import stated_size
from tests.support.encoded.quarters import assert_quarters, quarters, saved
from tests.support.photos import photo

Array = np.ndarray


def branded(data: bytes, major: bytes, *compatible: bytes) -> bytes:
    """The file with other brands in its first box."""
    size = int.from_bytes(data[:4])
    box = b"ftyp" + major + bytes(4) + b"".join(compatible)
    assert len(box) + 4 <= size, "no room for so many brands"
    return struct.pack(">I", size) + box.ljust(size - 4, b"\0") + data[size:]


@pytest.mark.parametrize(
    ("kind", "brands", "found"),
    [
        ("HEIF", (b"mif1", b"heic"), "image/heic"),
        ("HEIF", (b"abcd", b"mif1", b"heic"), "image/heic"),
        ("HEIF", (b"XAVC", b"heix"), "image/heic"),
        ("AVIF", (b"mif1", b"avif"), "image/avif"),
        ("AVIF", (b"abcd", b"miaf", b"avif"), "image/avif"),
    ],
)
def test_a_picture_is_known_by_what_it_is_compatible_with(kind: str, brands: tuple[bytes, ...], found: str) -> None:
    data = branded(saved(quarters(), kind), *brands)
    assert media_type(data) == found
    assert_quarters(decode(data), tolerance=40)


def test_a_video_of_the_same_boxes_is_no_picture() -> None:
    assert media_type(b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41") is None
    assert media_type(b"\0\0\0\x14ftypqt  \0\0\0\0qt  ") is None


# ── broken on the way ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("lost", [2, 40, 0.1])
def test_a_jpeg_without_its_last_bytes_is_looked_at(progressive: bool, lost: float) -> None:
    with PIL.Image.open(io.BytesIO(photo("cat"))) as whole:
        data = saved(whole.convert("RGB"), "JPEG", quality=90, progressive=progressive)
    missing = int(lost if lost > 1 else lost * len(data))
    cut, as_it_was = decode(data[:-missing]).pixels, decode(data).pixels
    assert cut.shape == as_it_was.shape
    top = as_it_was.shape[0] * 3 // 4
    assert np.abs(cut[:top].astype(int) - as_it_was[:top]).mean() < 4


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_of_which_half_is_missing_is_refused(progressive: bool) -> None:
    with PIL.Image.open(io.BytesIO(photo("cat"))) as whole:
        data = saved(whole.convert("RGB"), "JPEG", quality=90, progressive=progressive)
    with pytest.raises(BadPhoto, match="only in part"):
        decode(data[: len(data) * (5 if progressive else 50) // 100])


def test_a_grey_photo_that_is_whole_is_not_taken_for_a_cut_one() -> None:
    assert decode(saved(PIL.Image.new("RGB", (64, 48), (128, 128, 128)), "JPEG")).height == 48


@pytest.mark.parametrize("rubbish", [b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n", bytes(9000)])
def test_rubbish_before_a_jpeg_is_left_out(rubbish: bytes) -> None:
    assert_quarters(decode(rubbish + saved(quarters(), "JPEG", quality=95)))


@pytest.mark.parametrize("head", [b"%PDF-1.7\n", b"PK\x03\x04", b"\0\0\0\x20ftypisom"])
def test_a_jpeg_within_something_else_is_not_dug_out(head: bytes) -> None:
    with pytest.raises(BadPhoto):
        decode(head + bytes(30) + saved(quarters(), "JPEG"))


# ── more than eight bits ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_grey_of_few_bits_in_a_file_of_sixteen_is_scaled(bits: int) -> None:
    ramp = np.repeat(np.linspace(0, 2**bits - 1, 64).astype(np.uint16)[None], 32, axis=0)
    row = decode(saved(PIL.Image.fromarray(ramp), "PNG")).pixels[0, :, 0].astype(int)
    assert np.abs(row - np.linspace(0, 255, 64)).max() <= 2


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_colours_of_few_bits_in_a_file_of_sixteen_are_scaled(bits: int) -> None:
    small = np.asarray(quarters()).astype(np.uint16) << (bits - 8)
    deep = pillow_heif.from_bytes("RGB;16", (64, 48), (small << (16 - bits)).tobytes())
    assert_quarters(decode(deep_png(small)))
    out = io.BytesIO()
    deep.save(out, quality=-1)
    assert_quarters(decode(out.getvalue()))


def deep_png(values: Array) -> bytes:
    """A PNG of 16 bits for each colour: Pillow writes none."""
    import zlib  # noqa: PLC0415 - of use here only

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    height, width, _ = values.shape
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# ── turned ───────────────────────────────────────────────────────────────────────────────────────


def turned_heic(orientation: int, *, by_itself: bool) -> bytes:
    """A HEIC whose camera was held that way; the picture says so `by_itself`, or its EXIF alone does."""
    turn = PIL.Image.Transpose
    stored = {3: turn.ROTATE_180, 6: turn.ROTATE_90, 8: turn.ROTATE_270}
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation if by_itself else 1
    file = pillow_heif.from_pillow(quarters().transpose(stored[orientation]))
    file.info["exif"] = exif.tobytes()
    out = io.BytesIO()
    file.save(out, quality=-1)
    entry = struct.pack(">HHIH", 0x0112, 3, 1, 1)
    return out.getvalue().replace(entry, entry[:-2] + struct.pack(">H", orientation))


@pytest.mark.parametrize("orientation", [3, 6, 8])
@pytest.mark.parametrize("by_itself", [True, False])
def test_a_heic_picture_comes_upright_whether_it_says_so_itself_or_its_exif(orientation: int, by_itself: bool) -> None:
    data = turned_heic(orientation, by_itself=by_itself)
    assert (b"irot" in data) is by_itself
    assert_quarters(decode(data))


# ── large ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("size", "read"), [((2000, 1000), (1000, 500)), ((8000, 300), (2000, 75)), ((990, 1000), (990, 1000))]
)
def test_a_jpeg_of_too_many_pixels_is_read_at_a_part_of_its_size(size: tuple[int, int], read: tuple[int, int]) -> None:
    image = decode(
        saved(quarters(*size), "JPEG", quality=95), limits=Limits(pixels=990_000 if size[0] < 8000 else 200_000)
    )
    assert (image.width, image.height) == read
    assert_quarters(image)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF", "AVIF", "JXL"])
def test_others_of_too_many_pixels_are_shrunk_and_of_far_too_many_refused_with_the_figures(kind: str) -> None:
    picture = saved(quarters(1000, 700), kind)
    image = decode(picture, limits=Limits(pixels=600_000))
    assert (image.width, image.height) == (500, 350)
    assert_quarters(image)
    with pytest.raises(BadPhoto, match="1000 × 700 pixels"):
        decode(picture, limits=Limits(pixels=200_000))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_a_large_picture_of_any_mode_is_shrunk(mode: str) -> None:
    image = decode(saved(PIL.Image.new(mode, (1000, 700)), "PNG"), limits=Limits(pixels=600_000))
    assert (image.width, image.height) == (500, 350)


@pytest.mark.parametrize("size", [(64, 48), (256, 256), (4000, 3000), (300, 17), (70_000, 16), (1920, 1080), (33, 99)])
@pytest.mark.parametrize("use_container", [True, False])
def test_the_size_of_a_jpeg_xl_picture_is_known_before_it_is_decoded(
    size: tuple[int, int], use_container: bool
) -> None:
    assert stated_size(saved(PIL.Image.new("L", size), "JXL", effort=1, use_container=use_container)) == size


def test_a_jpeg_packed_as_jpeg_xl_comes_upright(tmp_path) -> None:  # type: ignore[no-untyped-def]
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(quarters().transpose(PIL.Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif))
    out = io.BytesIO()
    with PIL.Image.open(path) as picture:
        picture.save(out, "JXL", lossless_jpeg=True)
    assert_quarters(decode(out.getvalue()))
