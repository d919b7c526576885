import struct
import threading
import warnings
import zlib
from contextlib import suppress

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.concepts import Box
from core.errors import BadPhoto
from core.images.decoding import (
    BLURRED,
    Image,
    Limits,
    crop,
    decode,
    encode_jpeg,
    resized,
    seen_at,
    sharpness,
    shrink,
)
from tests.support.encoded.quarters import GREEN, assert_quarters, corners, quarters, saved
from tests.support.photos import blurred, brightened, photo, resized_to


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size, and holds a few bytes of pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 95}),
        ("HEIF", {}),
        ("AVIF", {"quality": 95}),
        ("JXL", {"lossless": True}),
        ("JXL", {"quality": 95}),
        ("GIF", {}),
    ],
)
def test_every_format_gives_the_same_picture(kind: str, options: dict[str, object]) -> None:
    image = decode(saved(quarters(), kind, **options))
    assert (image.width, image.height) == (64, 48)
    assert_quarters(image)


def test_pixels_are_contiguous_and_can_not_be_written() -> None:
    pixels = decode(saved(quarters(), "PNG")).pixels
    assert pixels.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0] = 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_comes_upright(kind: str, orientation: int) -> None:
    turn = PIL.Image.Transpose
    stored = {  # how the sensor's rows lie in the file, undone by the orientation (EXIF 2.32 §4.6.4)
        2: turn.FLIP_LEFT_RIGHT,
        3: turn.ROTATE_180,
        4: turn.FLIP_TOP_BOTTOM,
        5: turn.TRANSPOSE,
        6: turn.ROTATE_90,
        7: turn.TRANSVERSE,
        8: turn.ROTATE_270,
    }
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    lying = quarters().transpose(stored[orientation]) if orientation > 1 else quarters()
    image = decode(saved(lying, kind, exif=exif))
    assert (image.width, image.height) == (64, 48)
    assert_quarters(image, tolerance=40)


@pytest.mark.parametrize("exif", [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0", b"Exif\0\0rubbish!", b""])
def test_damaged_exif_is_ignored_without_a_warning(exif: bytes) -> None:
    assert_quarters(decode(saved(quarters(), "JPEG", quality=95, exif=exif)))


def test_a_text_named_exif_in_a_png_is_ignored() -> None:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 - of use here only

    notes = PngInfo()
    notes.add_text("exif", "orientation=6")
    assert_quarters(decode(saved(quarters(), "PNG", pnginfo=notes)))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_come_white(mode: str) -> None:
    clear = quarters().convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 32, 24))
    image = decode(saved(clear.convert(mode), "PNG"))
    assert corners(image)[0] == (255, 255, 255)
    assert corners(image)[2] != (255, 255, 255)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("L", "PNG"), ("1", "PNG"), ("P", "PNG"), ("CMYK", "JPEG"), ("L", "JPEG"), ("P", "GIF")],
)
def test_every_colour_mode_becomes_rgb(mode: str, kind: str) -> None:
    image = decode(saved(quarters().convert(mode), kind))
    assert image.pixels.shape == (48, 64, 3)
    assert min(corners(image)[3]) > 200


def test_sixteen_bits_of_grey_are_scaled_and_not_clipped() -> None:
    ramp = np.repeat(np.linspace(0, 65535, 64).astype(np.uint16)[None], 32, axis=0)
    image = decode(saved(PIL.Image.fromarray(ramp), "PNG"))
    assert abs(int(image.pixels[0, 32, 0]) - 130) <= 2


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_frame(kind: str) -> None:
    second = PIL.Image.new("RGB", (64, 48))
    assert_quarters(decode(saved(quarters(), kind, save_all=True, append_images=[second])), tolerance=40)


def test_the_content_decides_and_not_the_size_of_the_file() -> None:
    assert_quarters(decode(saved(quarters(), "PNG") + bytes(10_000)))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "arrived empty"),
        (b"PK\x03\x04" + bytes(100), "zip file"),
        (b"%PDF-1.7\n" + bytes(100), "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "SVG"),
        (b"\0\0\0\x20ftypisom" + bytes(100), "video"),
        (b"\0\0\0\x14ftypqt  " + bytes(100), "video"),
        (b"\x1aE\xdf\xa3" + bytes(100), "video"),
        (b"RIFF\0\0\0\0AVI LIST" + bytes(100), "video"),
        (b"BM" + bytes(100), "BMP"),
        (b"II*\0" + bytes(100), "TIFF"),
        (b"<!DOCTYPE html><p>not found", "web page"),
        (b"hello", "can't read that as a picture"),
        (bytes(1000), "can't read that as a picture"),
    ],
)
def test_what_is_no_photo_is_named_in_a_clear_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(BadPhoto, match=sentence) as caught:
        decode(data)
    assert str(caught.value).count("Please") == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "JXL", "GIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_a_truncated_photo_gets_a_clear_sentence(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    whole = saved(PIL.Image.fromarray(noise), kind)
    with pytest.raises(BadPhoto, match="Please send"):
        decode(whole[: max(12, int(share * len(whole)))])


def test_two_hundred_megapixels_are_refused_before_decoding_with_the_size_in_the_sentence() -> None:
    with pytest.raises(BadPhoto, match=r"20000 × 10000 pixels \(200 megapixels\); I take up to 150"):
        decode(png_header(20_000, 10_000))


def test_an_absurd_size_gets_a_sentence_and_no_warning() -> None:
    with pytest.raises(BadPhoto, match="megapixels"):
        decode(png_header(60_000, 60_000))


def test_a_file_too_heavy_is_refused_with_both_weights() -> None:
    with pytest.raises(BadPhoto, match=r"2\.5 MB large; I take up to 1 MB"):
        decode(bytes(2_500_000), limits=Limits(size=1_000_000))


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (50_000_000, r"\(200 megapixels\); I take up to 150 megapixels\."),
        (333_334, r"\(200 megapixels\); I take up to 1 megapixel\."),
        (100_000, r"\(200 megapixels\); I take up to 0\.3 megapixels\."),
    ],
)
def test_the_most_pixels_are_told_as_a_host_has_set_them(pixels: int, said: str) -> None:
    with pytest.raises(BadPhoto, match=said):
        decode(png_header(20_000, 10_000), limits=Limits(pixels=pixels))


def test_a_photo_too_small_is_refused() -> None:
    with pytest.raises(BadPhoto, match="only 40 × 8 pixels"):
        decode(saved(quarters(40, 8), "PNG"))


def test_pillow_s_own_limit_and_warnings_are_left_as_they_were() -> None:
    before = PIL.Image.MAX_IMAGE_PIXELS, list(warnings.filters)
    decode(saved(quarters(), "PNG"))
    with pytest.raises(BadPhoto):
        decode(png_header(12_000, 10_000))
    assert (PIL.Image.MAX_IMAGE_PIXELS, list(warnings.filters)) == before


def test_many_threads_may_decode_at_once() -> None:
    files = [saved(quarters(), kind) for kind in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "JXL", "GIF")]
    found: list[Image] = []
    threads = [threading.Thread(target=lambda: found.extend(map(decode, files))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 56
    for image in found:
        assert_quarters(image, tolerance=40)


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "JXL", "GIF"]),
    damage=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_damaged_bytes_give_a_picture_or_a_sentence_and_nothing_else(
    kind: str, damage: list[tuple[float, int]]
) -> None:
    data = bytearray(saved(quarters(), kind))
    for place, value in damage:
        data[int(place * len(data))] = value
    # Anything but a `BadPhoto` would fail this test.
    with suppress(BadPhoto):
        assert min(decode(bytes(data)).pixels.shape[:2]) >= 16


def test_a_jpeg_written_is_read_back() -> None:
    assert_quarters(decode(encode_jpeg(decode(saved(quarters(), "PNG")), 95)))


def test_quality_decides_a_jpeg_s_weight() -> None:
    image = decode(photo("cat"))
    assert len(encode_jpeg(image, 40)) < len(encode_jpeg(image, 95)) / 2


def test_shrinking_keeps_the_shape_and_says_the_factor() -> None:
    small, factor = shrink(decode(saved(quarters(640, 480), "PNG")), 320)
    assert (small.width, small.height, factor) == (320, 240, 0.5)
    assert Box(100, 50, 300, 200).scaled(factor) == Box(50, 25, 150, 100)
    assert_quarters(small)


def test_a_photo_small_enough_is_not_touched() -> None:
    image = decode(saved(quarters(), "PNG"))
    assert shrink(image, 64) == (image, 1.0)


def test_a_very_long_photo_keeps_at_least_one_row() -> None:
    small, _ = shrink(decode(saved(quarters(4000, 16), "PNG")), 100)
    assert (small.width, small.height) == (100, 1)


@pytest.mark.parametrize(
    ("box", "margin", "size"),
    [
        (Box(10, 10, 30, 20), 0.0, (20, 10)),
        (Box(10, 10, 30, 20), 0.1, (24, 14)),
        (Box(0, 0, 30, 20), 0.1, (33, 23)),
        (Box(-50, -50, 500, 500), 0.0, (64, 48)),
        (Box(70, 60, 80, 70), 0.0, (1, 1)),
        (Box(30, 30, 30, 30), 0.0, (1, 1)),
    ],
)
def test_a_crop_stays_inside_the_photo(box: Box, margin: float, size: tuple[int, int]) -> None:
    part = crop(decode(saved(quarters(), "PNG")), box, margin)
    assert (part.width, part.height) == size


def test_a_crop_shows_what_is_in_the_box() -> None:
    part = crop(decode(saved(quarters(), "PNG")), Box(34, 2, 60, 20))
    assert np.unique(part.pixels.reshape(-1, 3), axis=0).tolist() == [list(GREEN)]


@pytest.mark.parametrize("light", [0.3, 0.12, 0.06, 0.03])
def test_models_see_a_dark_photo_as_bright_as_another(light: float) -> None:
    plain, dark = (seen_at(decode(one), (320, 240)) for one in (photo("cat"), photo("cat", brightened(light))))
    away = np.abs(plain.pixels.astype(int) - dark.pixels).mean()
    assert away < 40  # the dark one has but a few steps of brightness, and its brightest are a little less bright


def test_models_see_other_photos_as_they_are_and_a_black_one_black() -> None:
    for one in (photo("cat"), photo("cat", brightened(0.5))):
        image = decode(one)
        assert (seen_at(image, (320, 240)).pixels == resized(image, (320, 240)).pixels).all()
    assert seen_at(Image(np.full((64, 64, 3), 2, np.uint8)), (32, 32)).pixels.max() == 2


@pytest.mark.parametrize("name", ["cat", "astronaut", "coffee", "rocket", "motorcycle"])
def test_real_photos_are_sharp_and_become_blurred(name: str) -> None:
    assert sharpness(decode(photo(name))) > BLURRED
    assert sharpness(decode(photo(name, blurred(4)))) < BLURRED


@pytest.mark.parametrize("name", ["cat", "coffee"])
def test_sharpness_hardly_depends_on_the_size(name: str) -> None:
    large, small = (sharpness(decode(photo(name, resized_to(side)))) for side in (1600, 512))
    assert large == pytest.approx(small, abs=0.05)


def test_an_empty_wall_counts_as_blurred() -> None:
    assert sharpness(Image(np.full((100, 100, 3), 128, np.uint8))) == 0


@pytest.mark.parametrize(
    "pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)]
)
def test_only_rgb_bytes_make_an_image(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="not RGB"):
        Image(pixels)
