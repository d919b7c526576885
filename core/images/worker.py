"""The process in which strangers' photos are decoded: `core.images.decoders` starts it, gives it jobs, and stops it.

It says that it is ready with an empty line. A job comes on standard input: a line of JSON, `{"bytes", "limits"}`, and
that many bytes of the photo. The answer goes to standard output, as a line of JSON too: `{"width", "height"}`, and then
the upright RGB pixels, row by row, of the photo or, where it has very many, of a shrunk copy; or why there are none,
`{"sentence", "values", "more", "count"}`, a lazy string whose values may be such objects themselves.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import Any, BinaryIO

from core.errors import BadPhoto
from core.i18n.lazy_strings import LazyString
from core.images.decoding import TOO_MUCH_MEMORY, Image, Limits, decode, shrink

_MOST_PIXELS = 16_000_000  # that are handed on: what the models look at and what is drawn is far smaller


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Carry out jobs until there are no more."""
    answers.write(b"\n")
    answers.flush()
    while line := jobs.readline():
        job = json.loads(line)
        data = jobs.read(job["bytes"])
        image: Image | None = None
        try:
            limits = Limits(**job["limits"])
            _limit("CPU", round(time.process_time() + limits.seconds + 1))
            image = decode(data, limits=limits)
            share = _MOST_PIXELS / (image.width * image.height)
            image, _ = shrink(image, round(max(image.width, image.height) * min(1, share) ** 0.5))
            answer = {"width": image.width, "height": image.height}
        except BadPhoto as error:
            answer = _as_json(error.message)
        except MemoryError:
            answer = _as_json(LazyString(TOO_MUCH_MEMORY))
        answers.write(json.dumps(answer).encode() + b"\n")
        if image is not None:
            answers.write(image.pixels.data.cast("B"))
        answers.flush()


def _as_json(message: LazyString) -> dict[str, Any]:
    values = {key: _as_json(one) if isinstance(one, LazyString) else one for key, one in message.values.items()}
    return {"sentence": message.sentence, "values": values, "more": message.more, "count": message.count}


def _limit(what: str, most: int) -> None:
    """Let this process take no more of a resource, where the system can be told so."""
    try:
        import resource  # noqa: PLC0415 - not there on Windows

        kind = getattr(resource, f"RLIMIT_{what}")
        resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
    except (ImportError, OSError, ValueError):
        return  # a lower limit holds already, or the system knows none


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which then ends this process
    for what, most in (("AS", int(sys.argv[1])), ("FSIZE", 0), ("CORE", 0)):
        _limit(what, most)
    serve(sys.stdin.buffer, sys.stdout.buffer)
