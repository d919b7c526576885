"""Files that strangers wrote: JSON without its outlines, and pictures that are in the folder they should be in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from bot.data.steps import Refused
from core.errors import DataError

_MOST_PARTS = 8
_OUTLINES = ("segmentation", "segmentations")


def read_json(path: Path) -> Any:
    """What a JSON file holds, without outlines, which are nine tenths of COCO's and of no use here.

    Takes about 2.2 times the file's size in memory while it is read. Raises `DataError` with a sentence.
    """
    try:
        return json.loads(path.read_bytes(), object_hook=_without_outlines)
    except OSError as error:
        raise DataError(f"{path} can't be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} isn't in UTF-8, as JSON has to be.") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is no JSON that can be read ({error}).") from error


def read_lines(path: Path) -> list[str]:
    """The lines of a text file. Raises `DataError` with a sentence."""
    try:
        return path.read_text("utf-8-sig").splitlines()
    except OSError as error:
        raise DataError(f"{path} can't be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} isn't in UTF-8. Save it as UTF-8.") from error


def digest_of(path: Path) -> str:
    """The hash of a file's bytes. Raises `Refused`."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError as error:
        raise Refused("missing picture", f"{path.name} can't be read ({error.strerror})") from error


class PictureFolder:
    """The folder that a source's pictures are in; nothing outside of it is ever read."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def located(self, name: str) -> Path:
        """The file of a picture. Raises `Refused` for one that is missing, or that is not below the folder.

        Leading parts of the name that are not there are left out: other people's folders are called otherwise.
        """
        parts = [one for one in PurePosixPath(name.replace("\\", "/")).parts if one not in ("/", ".")]
        if ".." in parts:
            raise Refused("outside the folder", f"{name!r} leads out of {self.root}")
        for skip in range(max(0, len(parts) - _MOST_PARTS), len(parts)):
            path = self.root.joinpath(*parts[skip:])
            try:
                if not path.is_file():
                    continue
                path = path.resolve()
                str(path).encode()
            except (OSError, ValueError):  # a name that no file can have
                continue
            if not path.is_relative_to(self.root):
                raise Refused("outside the folder", f"{name!r} is a link that leads out of {self.root}")
            return path
        raise Refused("missing picture", f"there is no {name!r} in {self.root}")

    def holds(self, names: Iterable[str]) -> bool:
        """Whether one of these pictures is here."""
        for name in names:
            try:
                self.located(name)
            except Refused:
                continue
            return True
        return False


def picture_folder(annotations: Path, names: Iterable[str], given: Path | None) -> PictureFolder:
    """The folder of the pictures that an annotation file names: the given one, else one where some of them are.

    Looks where data sets have them: beside the file, above it, in `images`, in the folder that the file is named
    after (`instances_val2017.json`: val2017). Raises `DataError`.
    """
    if given is not None:
        if not given.is_dir():
            raise DataError(f"There is no folder {given}; images= names the folder of the pictures.")
        return PictureFolder(given)
    here, some = annotations.parent, list(names)
    ending = annotations.stem.rpartition("_")[2]
    for folder in dict.fromkeys((here, here.parent)):
        for place in (folder / ending, folder / "images" / ending, folder / "images", folder):
            if place.is_dir() and (found := PictureFolder(place)).holds(some):
                return found
    raise DataError(f"The pictures of {annotations} are not beside it. Say where they are: {annotations},images=FOLDER")


def _without_outlines(row: Mapping[str, Any]) -> Mapping[str, Any]:
    if any(key in row for key in _OUTLINES):
        return {key: value for key, value in row.items() if key not in _OUTLINES}
    return row
