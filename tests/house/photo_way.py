"""How many functions and files one photo passes, from the question to the reply: measured on a running bot."""

from __future__ import annotations

import ast
import asyncio
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from weakref import WeakSet

from bot.config import Config
from bot.running.rapport import rapport
from core.messages import Chat, Message, Photo, Sender
from tests.house.source import HOUSE, Function, house
from tests.support.decoders import shared_decoders
from tests.support.fakes import blocks, fake_models

MOST_FUNCTIONS, MOST_FILES = 25, 14  # that lead on
BESIDE = (
    *(
        "core/i18n/",
        "core/language/nouns.py",
        "core/language/wording.py",
        "core/names.py",
        "core/concepts.py",
        "core/errors.py",
        "core/fairness.py",
    ),
    *("core/assistant/metrics.py", "core/executor/stats.py"),
)  # what knows nothing of the photo's way
PHOTOS = 3
Name = tuple[str, str]  # a file, as a path from the repository's root, and a function in it


@dataclass(frozen=True, slots=True)
class Way:
    """What a photo passes: every function, and those of them that lead on into another file."""

    passed: frozenset[Name]
    leading: frozenset[Name]


def photo_way() -> Way:
    """The functions of core that a photo passes, from the call of `Assistant.answer` to the final reply.

    A bot with fake models is told who bo is; then it gets photos of bo, and every call is recorded: on the
    event loop and on the worker threads, but not in the process that decodes pictures. `passed` has each
    function of core/ once, however often it is called and however often a generator is resumed. Properties,
    double-underscore methods, lambdas, comprehensions and class bodies don't count, nor do functions of bot/,
    adapters/, the tests and libraries, nor what chores call meanwhile.

    `leading` is the way that a reader follows: those of them that call one in another file, in the message's own
    task. What is handed to a thread, and the executor's worker and callbacks, which serve all photos alike, are
    behind the call that hands it over; and a call leads nowhere when it asks for a word of the language, a name's
    form, a box's arithmetic, a turn or a count (BESIDE). The caller is the nearest function of core on the stack
    (awaiting counts as calling). Of three photos in a row only what each of them passes counts, so that no timer
    adds to it.
    """
    ways = asyncio.run(_recorded())
    return Way(
        frozenset.intersection(*(way.passed for way in ways)), frozenset.intersection(*(way.leading for way in ways))
    )


def files_of(functions: frozenset[Name]) -> int:
    """How many files the functions are in."""
    return len({file for file, _ in functions})


def way_too_long(way: Way) -> Iterator[str]:
    """What to do about a way that is too long; nothing about one that isn't."""
    if len(way.leading) > MOST_FUNCTIONS or files_of(way.leading) > MOST_FILES:
        names = ", ".join(" ".join(name) for name in sorted(way.leading))
        yield (
            f"core/assistant/assistant.py:1: a photo is led on by {len(way.leading)} functions in "
            f"{files_of(way.leading)} files, {MOST_FUNCTIONS} in {MOST_FILES} at most: inline what only hands on. "
            f"They are {names}"
        )


@dataclass
class _Recorder:
    """Collects what is called while `on`; a profile function for every thread."""

    countable: dict[tuple[str, int], Name]
    on: bool = False
    passed: set[Name] = field(default_factory=set)
    leading: set[Name] = field(default_factory=set)
    background: WeakSet[asyncio.Task[Any]] = field(default_factory=WeakSet)

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if not self.on or event != "call" or not (name := self._name(frame.f_code)):
            return
        task = asyncio.current_task() if threading.current_thread() is threading.main_thread() else None
        if task in self.background:
            return
        self.passed.add(name)
        if task is None or name[0].startswith(BESIDE):
            return
        caller = next(filter(None, map(self._name, _stack(frame.f_back))), None)
        if caller and caller[0] != name[0]:
            self.leading.add(caller)

    def task(self, loop: asyncio.AbstractEventLoop, work: Any, /, **more: Any) -> asyncio.Task[Any]:
        """A task factory that knows what goes on in the background, and what that starts."""
        task = asyncio.Task(work, loop=loop, **more)
        if work.cr_code.co_filename == f"{HOUSE}/core/chores.py" or asyncio.current_task() in self.background:
            self.background.add(task)
        return task

    def _name(self, code: CodeType) -> Name | None:
        return self.countable.get((code.co_filename, code.co_firstlineno))


def _stack(frame: FrameType | None) -> Iterator[CodeType]:
    while frame:
        yield frame.f_code
        frame = frame.f_back


async def _recorded() -> list[Way]:
    recorder = _Recorder(_countable())
    loop = asyncio.get_running_loop()
    loop.set_task_factory(recorder.task)
    ways = []
    threading.setprofile(recorder)  # before any thread starts
    try:
        with tempfile.TemporaryDirectory() as folder:
            url, host = f"sqlite+aiosqlite:///{Path(folder) / 'way.db'}", str(Path(folder) / "host.key")
            config = Config(store={"url": url}, keys={"host_file": host})
            async with rapport(config, fake_models(), decoders=shared_decoders()) as running:

                async def say(text: str, photo: Photo) -> str:
                    message = Message(Chat("test", "home"), Sender("ann", "Ann"), text, (photo,))
                    return [reply.text async for reply in running.assistant.answer(message)][-1]

                await say("/remember bo", blocks("red"))
                await say("", blocks("red"))  # what is loaded on first use is loaded now
                for _ in range(PHOTOS):
                    recorder.passed, recorder.leading, recorder.on = set(), set(), True
                    sys.setprofile(recorder)
                    reply = await say("", blocks("red", "pink"))
                    sys.setprofile(None)
                    recorder.on = False
                    if "bo" not in reply:
                        raise AssertionError(f"bo wasn't recognised: {reply}")
                    ways.append(Way(frozenset(recorder.passed), frozenset(recorder.leading)))
    finally:
        threading.setprofile(None)
        loop.set_task_factory(None)
    return ways


def _countable() -> dict[tuple[str, int], Name]:
    """The functions that count, by what a code object says of itself: its file and first line."""
    found = {}
    for file in house():
        for one in file.functions:
            is_property = {"property", "cached_property"} & {ast.unparse(mark) for mark in one.decorator_list}
            if file.name.startswith("core/") and not one.name.startswith("__") and not is_property:
                found[str(HOUSE / file.name), _first_line(one)] = file.name, one.name
    return found


def _first_line(function: Function) -> int:
    return min(node.lineno for node in (function, *function.decorator_list))
