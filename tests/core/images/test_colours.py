"""Colours as people see them, whatever profile a picture has."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from core.images.decoding import decode
from tests.support.encoded.profiles import display_p3, grey, odd_inks
from tests.support.encoded.quarters import saved


def one_colour(mode: str, colour: int | tuple[int, ...], kind: str, profile: bytes) -> list[int]:
    """The colour as which a picture of that colour and profile is read."""
    data = saved(PIL.Image.new(mode, (64, 48), colour), kind, icc_profile=profile, **_BEST.get(kind, {}))
    return [int(value) for value in decode(data).pixels[24, 32]]


_BEST: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 100, "subsampling": 0},
    "WEBP": {"lossless": True},
    "AVIF": {"quality": 100},
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TRANSPARENT PNG"])
def test_display_p3_becomes_srgb(kind: str) -> None:
    mode, colour = ("RGBA", (200, 100, 60, 255)) if "TRANSPARENT" in kind else ("RGB", (200, 100, 60))
    found = one_colour(mode, colour, kind.rpartition(" ")[2], display_p3())
    to_srgb = np.array([[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]])
    light = to_srgb @ (np.array([200, 100, 60]) / 255) ** 2.2
    expected = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(expected - (200, 100, 60)).max() > 15
    assert np.abs(found - expected).max() <= 3


def test_grey_of_another_gamma_becomes_srgb() -> None:
    assert one_colour("L", 128, "PNG", grey(1.0)) == pytest.approx([188] * 3, abs=2)  # half the light
    assert one_colour("LA", (128, 255), "PNG", grey(1.0)) == pytest.approx([188] * 3, abs=2)


def test_inks_are_read_as_they_print() -> None:
    red, green, blue = one_colour("CMYK", (255, 0, 0, 0), "JPEG", odd_inks())
    assert red > 200
    assert max(green, blue) < 60
    assert min(one_colour("CMYK", (0, 0, 0, 0), "JPEG", odd_inks())) > 250


@pytest.mark.parametrize(
    "profile",
    [
        b"rubbish",
        bytes(200),
        display_p3()[:150],
        grey(1.0),  # of another space than the picture
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
    ],
)
def test_a_profile_of_no_use_changes_nothing(profile: bytes) -> None:
    assert one_colour("RGB", (200, 100, 60), "PNG", profile) == [200, 100, 60]


def test_a_profile_larger_than_any_is_ignored() -> None:
    assert one_colour("RGB", (200, 100, 60), "JPEG", display_p3() + bytes(5_000_000)) == pytest.approx(
        [200, 100, 60], abs=1
    )


def test_a_text_named_like_a_profile_is_ignored() -> None:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 - of use here only

    notes, out = PngInfo(), io.BytesIO()
    notes.add_text("icc_profile", "P3")
    PIL.Image.new("RGB", (64, 48), (200, 100, 60)).save(out, "PNG", pnginfo=notes)
    assert decode(out.getvalue()).pixels[0, 0].tolist() == [200, 100, 60]
