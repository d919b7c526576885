"""Of what moves the first clear frame is looked at."""

from __future__ import annotations

import io

import PIL.Image
import pytest
from PIL import ImageFilter

from core.errors import BadPhoto
from core.images.decoders import Decoders
from core.images.decoding import Limits, decode
from core.images.moving import is_video
from tests.support.encoded.films import film, song, turned
from tests.support.encoded.quarters import assert_quarters, quarters, saved

CLEAR = quarters(256, 192)
BLURRED = CLEAR.filter(ImageFilter.GaussianBlur(24))
BLACK = PIL.Image.new("RGB", (256, 192))


@pytest.mark.parametrize(
    ("kind", "codec"),
    [
        ("mp4", "libx264"),
        ("mov", "libx264"),
        ("mp4", "libx265"),
        ("webm", "libvpx-vp9"),
        ("matroska", "libx264"),
        ("avi", "mpeg4"),
    ],
)
def test_every_kind_of_video_gives_a_frame(kind: str, codec: str) -> None:
    data = film([CLEAR] * 4, kind=kind, codec=codec)
    assert is_video(data)
    assert_quarters(decode(data), tolerance=40)


@pytest.mark.parametrize("frames", [[BLACK, CLEAR], [BLACK, BLURRED, CLEAR, BLURRED], [BLURRED, CLEAR], [CLEAR, BLACK]])
@pytest.mark.parametrize("kind", ["MP4", "GIF", "WEBP", "PNG"])
def test_the_first_clear_frame_is_taken(kind: str, frames: list[PIL.Image.Image]) -> None:
    data = film(frames) if kind == "MP4" else saved(frames[0], kind, save_all=True, append_images=frames[1:])
    image = decode(data)
    assert_quarters(image, tolerance=40)
    # Blurred, the colours run into each other at the middle.
    assert abs(int(image.pixels[40, 120, 0]) - 220) < 40


@pytest.mark.parametrize("kind", ["MP4", "GIF", "WEBP", "PNG"])
def test_of_frames_about_as_sharp_the_first_is_taken(kind: str) -> None:
    # Moved on and a little sharper.
    first, later = CLEAR.filter(ImageFilter.GaussianBlur(0.25)), CLEAR.transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT)
    data = film([first, later]) if kind == "MP4" else saved(first, kind, save_all=True, append_images=[later])
    assert_quarters(decode(data), tolerance=40)


def test_of_black_frames_one_is_taken() -> None:
    assert decode(film([BLACK] * 3)).pixels.max() < 40


def test_what_comes_late_is_not_looked_for() -> None:
    assert decode(film([BLURRED] * 16 + [CLEAR])).pixels[40, 120, 0] < 190


def test_a_video_comes_upright() -> None:
    assert_quarters(decode(turned(film([CLEAR.transpose(PIL.Image.Transpose.ROTATE_90)] * 2))), tolerance=40)


@pytest.mark.parametrize(
    "data", [film([CLEAR] * 4)[:900], song(), b"\0\0\0\x20ftypisom" + bytes(500), b"\x1aE\xdf\xa3" + bytes(9)]
)
def test_a_video_without_a_picture_gets_a_sentence(data: bytes) -> None:
    with pytest.raises(BadPhoto, match=r"I can't open that video\. Please send"):
        decode(data)


def test_a_video_keeps_within_the_limits() -> None:
    with pytest.raises(BadPhoto, match="256 × 192 pixels"):
        decode(film([CLEAR] * 2), limits=Limits(pixels=40_000))


def test_a_motion_photo_is_its_still() -> None:
    still = saved(quarters(), "JPEG", quality=95)
    assert_quarters(decode(still + film([BLACK] * 2)))


async def test_a_video_is_opened_in_a_process_of_its_own() -> None:
    import sys  # noqa: PLC0415 - of use here only

    async with Decoders(Limits()) as decoders:
        assert_quarters(await decoders.decode("chat", film([BLACK, CLEAR])), tolerance=40)
        out = io.BytesIO()
        CLEAR.save(out, "GIF")
        assert_quarters(await decoders.decode("chat", out.getvalue()), tolerance=40)
    assert "core.images.moving" in sys.modules
