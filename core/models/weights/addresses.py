"""Files at a plain address: resumed where the line broke."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import stamina

from core.errors import ModelError
from core.models.weights.files import File, Progress

_TIMEOUT = httpx.Timeout(30, connect=10)
_TRIES = 3  # of a line that breaks


@dataclass(frozen=True, kw_only=True)
class AddressedFile(File):
    """A file at an address that names its version."""

    url: str

    @property
    def origin(self) -> str:
        """The server's name."""
        return urlsplit(self.url).hostname or self.url

    def fetch(self, folder: Path, progress: Progress, /) -> Path:
        """As `File.fetch`; a part that is there from an earlier try is taken up."""
        part = folder / f"{self.name}.part"
        try:
            for attempt in stamina.retry_context(httpx.TransportError, attempts=_TRIES, timeout=None, wait_jitter=0.1):
                with attempt:
                    self._continue(part, progress)
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise ModelError(
                f"{self.origin} doesn't give {self.url.rsplit('/', 1)[-1]} ({status}). Look whether it has moved: "
                f"{self.url}"
            ) from error
        except httpx.HTTPError as error:
            raise ModelError(
                f"{self.origin} can't be reached ({type(error).__name__}). Check the connection and pull again: "
                "what has come so far is kept."
            ) from error
        return part

    def _continue(self, part: Path, progress: Progress) -> None:
        """Append to `part` what it lacks."""
        there = part.stat().st_size if part.exists() else 0
        if self.bytes and there == self.bytes:
            return
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
        with httpx.stream("GET", self.url, headers=headers, timeout=_TIMEOUT, follow_redirects=True) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # all of it is there
            answer.raise_for_status()
            resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
            done = there if resumed else 0
            total = self.bytes or done + int(answer.headers.get("content-length", 0))
            with part.open("ab" if resumed else "wb") as out:
                for chunk in answer.iter_raw():
                    out.write(chunk)
                    done += len(chunk)
                    progress(min(done, total), total)
