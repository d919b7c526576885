"""The folder for pictures and files that are handed over by their paths."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

from core.errors import UserError


class OutputFolder:
    """Where pictures and exports are written, numbered. It is made when the first is.

    Without a path it is a new folder under the system's temporary one.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._written = 0

    def write(self, ending: str, data: bytes) -> Path:
        """Write a file whose name is a number and `ending`; returns its path. Blocks.

        Raises `UserError` when it can't be written.
        """
        try:
            if self._path is None:
                self._path = Path(mkdtemp(prefix="rapport-"))
            self._path.mkdir(parents=True, exist_ok=True)
            self._written += 1
            path = self._path / f"{self._written:06}{ending}"
            path.write_bytes(data)
        except OSError as error:
            raise UserError(
                "I can't write the picture to {folder}: {reason}.", folder=str(self._path), reason=str(error.strerror)
            ) from error
        return path
