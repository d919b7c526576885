"""Frames of what moves: videos of phones and messengers, and pictures of several frames."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL.ImageFile import ImageFile

from core.images.colours import upright_rgb

_STEP = 0.25  # seconds between two frames that are looked at
_MOST_LOOKED_AT = 12
_MOST_DECODED = 120  # of those before and between them, too
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide"})  # what an MP4 or QuickTime file begins with
_SOUND = frozenset({b"M4A ", b"M4B ", b"crx "})  # and what has such boxes and is none: sound, raw pictures


def is_video(data: bytes) -> bool:
    """Whether it is a video (MP4, QuickTime, WebM, Matroska, AVI) by its first bytes, or a picture of such boxes."""
    boxes = data[4:8] in _BOXES and data[8:12] not in _SOUND
    return boxes or data.startswith(b"\x1aE\xdf\xa3") or (data.startswith(b"RIFF") and data[8:12] == b"AVI ")


def first_of_video(data: bytes, check: Callable[[tuple[int, int]], None]) -> Iterator[NDArray[np.uint8]]:
    """Upright frames from a video's beginning, some each second. `check` is called with the size before the first.

    Raises `ValueError` where there is none; what follows a damaged part is left.
    """
    import av  # noqa: PLC0415 - 70 MB of libraries, which only the process that opens photos needs

    seen = 0
    try:
        with av.open(io.BytesIO(data), "r") as file:
            stream = file.streams.video[0]
            stream.codec_context.thread_count = 1  # a process's bounds are for one photo
            check((stream.codec_context.width, stream.codec_context.height))
            upcoming = 0.0
            for number, frame in enumerate(file.decode(stream)):
                at = number / 30 if frame.time is None else frame.time
                if number >= _MOST_DECODED or seen >= _MOST_LOOKED_AT:
                    return
                if at >= upcoming:
                    seen, upcoming = seen + 1, at + _STEP
                    # Phones turn a video by a note in the file, in degrees against the clock.
                    yield np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))
    except av.FFmpegError as error:
        if not seen:
            raise ValueError("no video that can be read") from error


def first_of_picture(picture: ImageFile) -> Iterator[NDArray[np.uint8]]:
    """The first frames of a loaded GIF, WebP, PNG or AVIF that has several, upright."""
    for number in range(_MOST_LOOKED_AT):
        try:
            picture.seek(number)
            picture.load()
        except (EOFError, OSError, ValueError, SyntaxError):
            if not number:
                raise
            return  # there are no more, or the rest is damaged
        yield upright_rgb(picture)
