"""How the pipeline's steps run: each has a file of JSON Lines that people read and correct, and that it goes on from.

A record carries a `key`, a hash of what it was made of (the step's options, the records that went in, and through them
the pictures' contents). A step makes only what isn't in its file under that key yet, so that a build that was killed
goes on where it was, and what a person has corrected in a line stays. `"drop": true` in a line leaves it out.
What can't be used is never passed over in silence: a `Refusal` with its reason is filed and counted.
"""

from __future__ import annotations

import asyncio
import codecs
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pydantic import ConfigDict, ValidationError

from bot.data.samples import Value
from core.errors import DataError

REFUSED = "refused"


class Record(Value):
    """A line of a step's file; `drop` is set by hand to leave it out."""

    key: str = ""
    drop: bool = False


class Refusal(Record):
    """What a step did not use: `of` is its id, `reason` a few words that are counted, `detail` a sentence."""

    of: str
    reason: str
    detail: str = ""


class Refused(Exception):
    """What went into a step can't be used; `reason` is counted, `detail` says more."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


In_contra = TypeVar("In_contra", bound=Value, contravariant=True)
In = TypeVar("In", bound=Value)
Out = TypeVar("Out", bound=Record)
Out_co = TypeVar("Out_co", bound=Record, covariant=True)


class Step(Protocol[In_contra, Out_co]):
    """A step of the pipeline."""

    @property
    def name(self) -> str:
        """Names its file."""
        ...

    @property
    def options(self) -> Value:
        """All that decides what it makes, beside its input."""
        ...

    @property
    def record(self) -> type[Out_co]:
        """What its file is made of."""
        ...

    @property
    def concurrency(self) -> int:
        """How many inputs it works on at once."""
        ...

    def id_of(self, given: In_contra) -> str:
        """What a refusal calls the input by."""
        ...

    async def make(self, given: In_contra) -> Sequence[Out_co]:
        """The records of one input; blocks nothing. Raises `Refused` when there can't be any."""
        ...


class Made(Value, Generic[Out]):
    """What a step has made, in the order of what went in, and what it refused."""

    model_config = ConfigDict(frozen=True)

    records: tuple[Out, ...]
    refusals: tuple[Refusal, ...]


def key_of(*parts: object) -> str:
    """A hash over values that JSON can hold, and over values of ours without their keys."""
    plain = [one.model_dump(mode="json", exclude={"key"}) if isinstance(one, Value) else one for one in parts]
    return hashlib.blake2b(json.dumps(plain, sort_keys=True).encode(), digest_size=12).hexdigest()


async def run(
    step: Step[In, Out], inputs: Sequence[In], folder: Path, progress: Callable[[int, int], None] = lambda *_: None
) -> Made[Out]:
    """Run a step over all inputs, with what its file has already; `progress` hears how many are done, and of how many.

    Raises `DataError` for a file that can't be read, and what `make` raises but `Refused`; what was made is kept.
    """
    work = _Work(step, folder)
    keys = [key_of(step.name, step.options, one) for one in inputs]
    missing = [(key, one) for key, one in dict(zip(keys, inputs, strict=True)).items() if key not in work.known]
    progress(len(keys) - len(missing), len(keys))
    queue = iter(missing)
    done = len(keys) - len(missing)

    async def worker(queue: Iterator[tuple[str, In]]) -> None:
        nonlocal done
        for key, given in queue:
            try:
                work.add(key, await step.make(given))
            except Refused as error:
                work.add(key, (), Refusal(key=key, of=step.id_of(given), reason=error.reason, detail=error.detail))
            done += 1
            progress(done, len(keys))

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(max(1, step.concurrency)):
                tasks.create_task(worker(queue))
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
    finally:
        work.close()
    return work.settled(keys)


class _Work(Generic[Out]):
    """A step's two files: what was made and what was refused, by key."""

    def __init__(self, step: Step[Any, Out], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._made, self._refused = folder / f"{step.name}.jsonl", folder / f"{step.name}.{REFUSED}.jsonl"
        self._step = step
        self.known: dict[str, list[Out]] = {}
        self.refusals: dict[str, Refusal] = {}
        for one in read_lines(self._made, step.record):
            self.known.setdefault(one.key, []).append(one)
        for refusal in read_lines(self._refused, Refusal):
            self.refusals[refusal.key] = refusal
            self.known.setdefault(refusal.key, [])
        for path, kept in (
            (self._made, [one for some in self.known.values() for one in some]),
            (self._refused, [*self.refusals.values()]),
        ):
            if path.is_file() and not path.read_bytes().endswith(b"\n"):  # what is added must not stand behind it
                write_lines(path, kept)
        self._out = {path: path.open("a", encoding="utf-8") for path in (self._made, self._refused)}

    def add(self, key: str, made: Sequence[Out], refusal: Refusal | None = None) -> None:
        """File what one input became, at once and in one piece."""
        self.known[key] = [one.model_copy(update={"key": key}) for one in made]
        if refusal:
            self.refusals[key] = refusal
        path, lines = (self._refused, [refusal]) if refusal else (self._made, self.known[key])
        self._out[path].write("".join(one.model_dump_json() + "\n" for one in lines))
        self._out[path].flush()

    def close(self) -> None:
        with ExitStack() as files:  # each, though another can't be written to its end
            for file in self._out.values():
                files.callback(file.close)

    def settled(self, keys: Sequence[str]) -> Made[Out]:
        """What counts now, in order; the files hold nothing else from here on."""
        wanted = dict.fromkeys(keys)
        records = [one for key in wanted for one in self.known[key]]
        refusals = [self.refusals[key] for key in wanted if key in self.refusals]
        write_lines(self._made, records)
        write_lines(self._refused, refusals)
        by_hand = [Refusal(key=one.key, of=one.key, reason="left out by hand") for one in records if one.drop]
        return Made(records=tuple(one for one in records if not one.drop), refusals=(*refusals, *by_hand))


def read_lines(file: Path, record: type[Out]) -> list[Out]:
    """The records of a file of JSON Lines, none where there is no file; a last line that was cut short is passed over.

    Raises `DataError` that names the line which can't be read.
    """
    if not file.is_file():
        return []
    # By line breaks alone: a text may hold others of Unicode's. Editors on Windows begin a file with a mark.
    *lines, last = file.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n")
    found = []
    for number, line in enumerate((*lines, last), 1):
        if not line.strip():
            continue
        try:
            found.append(record.model_validate_json(line))
        except ValidationError as error:
            if number > len(lines):
                cut = found[-1].key if found else ""
                return [one for one in found if one.key != cut]  # what came with it may be cut as well
            first = error.errors()[0]
            why = ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
            raise DataError(f"Line {number} of {file} can't be read ({why}). Mend or delete it.") from error
    return found


def write_lines(file: Path, records: Sequence[Record]) -> None:
    """Write a file of JSON Lines, whole or not at all."""
    write_whole(file, "".join(one.model_dump_json() + "\n" for one in records))


def write_whole(file: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, "utf-8")
    new.replace(file)
