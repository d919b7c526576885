"""`python -m bot data look`: a build's samples as a page shows them, and what is decided about them.

Of a file that was built here only where each sample begins is kept in memory, and what the page filters by.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import PIL.Image

from bot.data.output.counting import retrieval_of
from bot.data.output.judging import Judgements, content_key
from bot.data.prompts import picture_as_shown, unmarked
from bot.data.samples import Sample, from_rap, picture_folder, stream_samples
from core.errors import DataError
from core.images.pictures import PORTRAIT_SIDE, SHOWN_SIDE

UNJUDGED, KEPT, LEFT_OUT = "not judged", "kept", "left out"


@dataclass(frozen=True, slots=True)
class SampleEntry:
    """A sample in short: its file, where its line begins (in bytes; or the sample itself), what it is filtered by."""

    split: str
    where: int | Sample
    kind: str
    retrieved: str
    key: str


class SampleBook:
    """The samples of a build's folder, by their number from 0. Everything here blocks."""

    def __init__(self, out: Path) -> None:
        """Read all of them once. Raises `DataError` where there are none, or one can't be read."""
        self._files = {one.stem: one for one in sorted((out / "rap").glob("*.json"), reverse=True)}  # train first
        if not self._files:
            raise DataError(f"There are no samples at {out}: `python -m bot data build` writes them to OUT/rap.")
        self.judgements = Judgements(out)
        self._entries = [entry for split, file in self._files.items() for entry in entries_of(split, file)]

    def numbers(self, wanted: Mapping[str, str]) -> list[int]:
        """The samples that have all that is wanted: `split`, `kind`, `retrieved`, `judged`; what is empty fits all."""
        return [
            number
            for number, one in enumerate(self._entries)
            if all(not wanted.get(name) or wanted[name] == value for name, value in self._traits(one).items())
        ]

    def summary(self) -> dict[str, dict[str, int]]:
        """How many samples have each split, kind, retrieval and judgement."""
        counts: dict[str, Counter[str]] = {}
        for one in self._entries:
            for name, value in self._traits(one).items():
                counts.setdefault(name, Counter())[value] += 1
        return {name: dict(some.most_common()) for name, some in counts.items()}

    def sample(self, number: int) -> Sample:
        """One of them. Raises `LookupError` where there is none."""
        if not 0 <= number < len(self._entries):
            raise LookupError(number)
        entry = self._entries[number]
        if isinstance(entry.where, Sample):
            return entry.where
        with self._files[entry.split].open("rb") as lines:
            lines.seek(entry.where)
            return from_rap(json.loads(lines.readline().rstrip().removesuffix(b",")))

    def shown(self, number: int) -> dict[str, Any]:
        """One of them as the page shows it. Raises `LookupError`."""
        one, split = self.sample(number), self._entries[number].split
        judged = self.judgements.of(one)
        told = one.provenance
        return {
            "number": number,
            "id": one.id,
            "split": split,
            "kind": one.kind.value,
            "retrieved": retrieval_of(one),
            "image": bool(one.image),
            "size": self._size(split, one.image),
            "turns": [{"question": turn.question, "answer": turn.answer} for turn in one.turns],
            "concepts": [
                {
                    "name": known.name,
                    "info": unmarked(known.info),
                    "category": known.category,
                    "box": known.box,
                    "noise": known.noise,
                }
                for known in one.concepts
            ],
            "from": {
                "source": told.source,
                "licence": told.licence,
                "texts by": told.teacher,
                "changed by": ", ".join(told.augmented),
                "subjects": ", ".join(one.subjects),
                "picture": one.image,
            },
            "keep": judged.keep if judged else None,
            "reason": judged.reason if judged else "",
        }

    def picture(self, number: int, index: int) -> bytes:
        """Picture 0 is a sample's image, the others are its concepts' references; an upright JPEG.

        Raises `LookupError` where there is none, or it can't be read, or its path leads out of the folder.
        """
        one = self.sample(number)
        paths = [one.image, *(known.crop for known in one.concepts)]
        file = self._inside(self._entries[number].split, paths[index]) if 0 <= index < len(paths) else None
        try:
            if file:
                return picture_as_shown(file, PORTRAIT_SIDE if index else SHOWN_SIDE)[0]
        except DataError:
            pass
        raise LookupError(number, index)

    def judge(self, number: int, keep: bool | None, reason: str) -> None:
        """Keep a sample, leave it out, or take that back. Raises `LookupError`."""
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        self.judgements.add(self.sample(number), keep, reason if keep is False else "", now)

    def _traits(self, entry: SampleEntry) -> dict[str, str]:
        keep = self.judgements.decided(entry.key)
        judged = UNJUDGED if keep is None else KEPT if keep else LEFT_OUT
        return {"split": entry.split, "kind": entry.kind, "retrieved": entry.retrieved, "judged": judged}

    def _inside(self, split: str, path: str) -> Path | None:
        """Where a picture is; none outside of the folder, whatever a file of samples says."""
        folder = picture_folder(self._files[split]).resolve()
        file = (folder / path).resolve()
        return file if path and file.is_relative_to(folder) else None

    def _size(self, split: str, path: str) -> tuple[int, int] | None:
        """A picture's own size, which boxes count in; None where it can't be told."""
        try:
            with PIL.Image.open(self._inside(split, path) or "") as picture:
                return picture.size
        except (OSError, ValueError):
            return None


def entries_of(split: str, file: Path) -> list[SampleEntry]:
    """The samples of a file in short. Raises `DataError`."""
    found, starts = list[SampleEntry](), list[int]()
    with file.open("rb") as lines:
        whole = lines.readline().strip() != b"["
        start = lines.tell()
        for line in lines if not whole else ():
            whole = whole or not line.lstrip().startswith((b'{"', b"]"))  # indented, as others write it
            starts += [start] if line.startswith(b"{") else []
            start += len(line)
    for number, one in enumerate(stream_samples(file)):
        where = one if whole else starts[number]
        found.append(SampleEntry(split, where, one.kind.value, retrieval_of(one), content_key(one)))
    return found
