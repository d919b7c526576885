"""One file from an address: resumed where it broke, checked, and there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from core.errors import ModelError
from core.models.weights.packages import sha256

Progress = Callable[[int, int], None]

_HUB = "https://huggingface.co"
_TIMEOUT = httpx.Timeout(30, connect=10)
_TRIES = 3  # of a line that breaks


def download(url: str, target: Path, *, digest: str = "", size: int = 0, progress: Progress) -> str:
    """Fetch `url` into `target` and return its SHA-256. Blocks.

    A part that is there from an earlier try is taken up. `digest` and `size`, where known, must be
    right. `HF_ENDPOINT` and `HF_TOKEN` count for the hub's addresses. Raises `core.errors.ModelError`
    with what to do.
    """
    part = target.with_suffix(f"{target.suffix}.part")
    for tries_left in reversed(range(_TRIES)):
        try:
            _fetch(url, part, size, progress)
            break
        except httpx.HTTPStatusError as error:
            raise ModelError(_refused(url, error.response.status_code)) from error
        except httpx.HTTPError as error:
            if not tries_left:
                raise ModelError(_unreachable(url, error)) from error
    found = sha256(part)
    if (digest and found != digest) or (size and part.stat().st_size != size):
        part.unlink()
        raise ModelError(
            f"What came for {target.name} from {_host(url)} is not what we trust: its checksum differs. "
            "Nothing of it was kept; try again, and if that doesn't help, tell us."
        )
    part.replace(target)
    return found


def _fetch(url: str, part: Path, size: int, progress: Progress) -> None:
    there = part.stat().st_size if part.exists() else 0
    if size and there == size:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
    address = url.replace(_HUB, os.environ.get("HF_ENDPOINT", _HUB).rstrip("/"), 1)
    if address != url or url.startswith(_HUB):
        headers |= {"Authorization": f"Bearer {token}"} if (token := os.environ.get("HF_TOKEN")) else {}
    with httpx.stream("GET", address, headers=headers, timeout=_TIMEOUT, follow_redirects=True) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # all of it is there
        answer.raise_for_status()
        resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
        done = there if resumed else 0
        total = size or done + int(answer.headers.get("content-length", 0))
        with part.open("ab" if resumed else "wb") as out:
            for chunk in answer.iter_raw():
                out.write(chunk)
                done += len(chunk)
                progress(min(done, total), total)


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _refused(url: str, status: int) -> str:
    return f"{_host(url)} doesn't give {url.rsplit('/', 1)[-1]} ({status}). Look whether it has moved: {url}"


def _unreachable(url: str, error: httpx.HTTPError) -> str:
    return (
        f"{_host(url)} can't be reached ({type(error).__name__}). Check the connection and pull again: "
        "what has come so far is kept. HF_ENDPOINT names a mirror of the hub."
    )
