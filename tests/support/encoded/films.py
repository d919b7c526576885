"""Short videos, written by FFmpeg's encoders."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import cast

import av
import numpy as np
import PIL.Image


def film(frames: Sequence[PIL.Image.Image], *, rate: int = 4, kind: str = "mp4", codec: str = "libx264") -> bytes:
    """A video of these pictures, `rate` a second; width and height have to be even."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as file:
        options = {"qp": "18"} if codec == "libx264" else {}
        stream = cast("av.VideoStream", file.add_stream(codec, rate=rate, options=options))
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        for one in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(one.convert("RGB")), format="rgb24")))
        file.mux(stream.encode())
    return out.getvalue()


def song() -> bytes:
    """An MP4 that has sound alone."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=44100)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 44100
        file.mux(stream.encode(sound))
        file.mux(stream.encode())
    return out.getvalue()


def turned(mp4: bytes) -> bytes:
    """The same video with a phone's note that it is to be turned by 90° with the clock."""
    straight = b"".join(one.to_bytes(4) for one in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
    right = b"".join(one.to_bytes(4) for one in (0, 1 << 16, 0, (1 << 32) - (1 << 16), 0, 0, 0, 0, 1 << 30))
    at = mp4.index(straight, mp4.index(b"tkhd"))
    return mp4[:at] + right + mp4[at + len(right) :]
