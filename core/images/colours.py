"""Any mode, colour profile and orientation → upright sRGB."""

from __future__ import annotations

import io
import struct

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageCms
from PIL.ImageFile import ImageFile

from core.images.formats import HeicFile, eight_bits

_LARGEST_PROFILE = 4_000_000  # bytes; those of printers have about one million
_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # of a profile: the mode that it tells about


def upright_rgb(picture: ImageFile, *, shrunk: bool = False) -> NDArray[np.uint8]:
    """The pixels (height, width, 3) of a loaded picture: sRGB, on white where it lets through, turned as it says.

    Where it is `shrunk`, to half its width and height, its own pixels are let go of before anything else is made of it.
    """
    rgb, profile = opaque(_halved(picture) if shrunk else picture), picture.info.get("icc_profile")
    if isinstance(profile, bytes) and 0 < len(profile) <= _LARGEST_PROFILE:  # a PNG may hold a text of that name
        rgb = in_srgb(rgb, profile)
    pixels = np.asarray(rgb if rgb.mode == "RGB" else rgb.convert("RGB"))  # even from RGB to RGB that would copy
    exif, orientation = picture.info.get("exif"), 1
    if isinstance(picture, HeicFile):
        orientation = picture.turned
    elif isinstance(exif, bytes):  # a PNG may hold a text of that name
        orientation = orientation_in(exif)
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _halved(picture: ImageFile) -> PIL.Image.Image:
    """The picture at half its width and height, whose pixels are gone then: they take most of the memory."""
    if picture.mode in ("1", "P", "PA"):  # numbers of colours have no mean
        half: PIL.Image.Image = picture.resize((picture.width // 2, picture.height // 2), PIL.Image.Resampling.NEAREST)
    else:
        half = (picture.convert("I") if picture.mode.startswith("I;") else picture).reduce(2)
    half.info = picture.info
    picture.im = PIL.Image.new("L", (1, 1)).im
    return half


def opaque(picture: PIL.Image.Image) -> PIL.Image.Image:
    """The picture as RGB, grey or CMYK of eight bits, on white where it lets through."""
    if picture.mode == "F":
        return PIL.Image.fromarray((np.asarray(picture).clip(0, 1) * 255).astype(np.uint8))
    if picture.mode.startswith("I"):
        # Sixteen bits of grey: Pillow's own conversion would clip them instead of scaling.
        return PIL.Image.fromarray(eight_bits(np.asarray(picture).astype(np.uint16)))
    if picture.has_transparency_data:
        layered = picture.convert("LA" if picture.mode == "LA" else "RGBA")
        on_white = PIL.Image.new("L" if layered.mode == "LA" else "RGB", layered.size, "white")
        on_white.paste(layered.convert(on_white.mode), mask=layered.getchannel("A"))
        return on_white
    if picture.mode in ("RGB", "L", "CMYK"):
        return picture
    return picture.convert("L" if picture.mode == "1" else "RGB")


def in_srgb(picture: PIL.Image.Image, profile: bytes) -> PIL.Image.Image:
    """The picture converted from its profile; as it is where that is of no use."""
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        fits = _SPACES.get(given.profile.xcolor_space) == picture.mode
        if not fits or "sRGB" in (given.profile.profile_description or ""):
            return picture
        transform = ImageCms.buildTransform(
            given,
            ImageCms.createProfile("sRGB"),
            picture.mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return ImageCms.applyTransform(picture, transform) or picture
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture  # a damaged profile: its colours are taken for usual ones


def orientation_in(exif: bytes) -> int:
    """Tag 0x0112 of the first directory (TIFF 6.0 §2, EXIF 2.32 §4.6.4): 1…8, and 1 if it can't be read.

    Pillow's own reader warns, process-wide, about what a stranger's camera got wrong.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4], "")
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if tag == 0x0112 and kind == 3 and 1 <= value <= 8:
                return int(value)
    except struct.error:
        pass
    return 1
