"""What people decided about single samples: kept in `judged.jsonl`, and heeded by the next build.

A judgement is about a sample as it was: whoever corrects its words, or changes what it is made of, judges it anew. The
last line about a sample counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from bot.data.samples import Sample, to_rap
from bot.data.steps import Record, Refusal, key_of, read_lines

FILE = "judged.jsonl"
BY_HAND = "left out by hand"


class Judgement(Record):
    """A line of the file: the sample's id, whether it is kept (None: taken back), and why not.

    `key` is a hash of all that the sample shows and says.
    """

    sample: str
    keep: bool | None
    reason: str = ""
    at: str = ""


class Judgements:
    """The judgements of a build's folder."""

    def __init__(self, out: Path) -> None:
        """Read what is there; a last line that was cut short goes. Raises `DataError` for one that can't be read."""
        self._file = out / FILE
        told = self._file.read_bytes() if self._file.is_file() else b""
        whole, last = told[: told.rfind(b"\n") + 1], told[told.rfind(b"\n") + 1 :]
        if last:  # what is added next must not stand behind it
            try:
                self._file.write_bytes(told + b"\n" if isinstance(json.loads(last), dict) else whole)
            except ValueError:
                self._file.write_bytes(whole)
        self._by_key = {one.key: one for one in read_lines(self._file, Judgement)}

    def of(self, sample: Sample) -> Judgement | None:
        """What was decided about a sample, if anything was."""
        found = self._by_key.get(content_key(sample))
        return found if found and found.keep is not None else None

    def decided(self, key: str) -> bool | None:
        """Whether the sample with this `content_key` is kept; None where nothing was decided."""
        found = self._by_key.get(key)
        return found.keep if found else None

    def add(self, sample: Sample, keep: bool | None, reason: str = "", at: str = "") -> Judgement:
        """Decide about a sample, at once on the disk."""
        made = Judgement(key=content_key(sample), sample=sample.id, keep=keep, reason=reason, at=at)
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(made.model_dump_json() + "\n")
        self._by_key[made.key] = made
        return made

    def apply(self, samples: Iterable[Sample]) -> tuple[list[Sample], list[Refusal]]:
        """The samples without those that were left out, and a refusal for each of these."""
        kept, refused = list[Sample](), list[Refusal]()
        for one in samples:
            judged = self.of(one) if self._by_key else None
            if judged is None or judged.keep:
                kept.append(one)
            else:
                refused.append(Refusal(key=judged.key, of=one.id, reason=BY_HAND, detail=judged.reason))
        return kept, refused


def content_key(sample: Sample) -> str:
    """A hash of what a sample shows and says."""
    told = to_rap(sample)
    return key_of({name: told[name] for name in ("id", "conversations", "extra")}, sample.image)
