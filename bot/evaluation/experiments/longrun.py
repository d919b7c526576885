"""`eval longrun`: weeks of a chat's life with the whole bot, and whether it stays right, quick and forgetful.

Every day somebody new may be introduced, photos are asked about, mistakes are corrected, texts edited, names
changed, somebody forgotten. Half-way some of them get a new look. A day is its events; nothing waits.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import PIL.Image
from PIL import ImageEnhance, ImageOps

from bot.build.rapport import Rapport
from bot.evaluation.data.datasets import Collection, Subject
from bot.evaluation.harness.bench import Bench, said
from bot.evaluation.harness.eyes import opened
from bot.evaluation.harness.metrics import mean
from bot.evaluation.harness.report import Report
from core.concepts import Grade
from core.messages import Chat, Reply
from core.names import mentioned

CHAT = Chat("eval", "longrun")
_DAYS = 7
_ASKED = 4  # photos that are asked about in a day
_NEW_LOOK = 3  # every third concept changes its looks half-way


@dataclass
class _Tally:
    """What a week showed."""

    right: list[bool] = field(default_factory=list)
    right_new_look: list[bool] = field(default_factory=list)
    false_names: list[bool] = field(default_factory=list)
    edits: list[float] = field(default_factory=list)
    corrections: int = 0
    resurrected: int = 0


class _Life:
    """One chat as its people live it: who is known, by what name, and who was forgotten."""

    def __init__(self, running: Rapport, collection: Collection, seed: int) -> None:
        self._running, self._rng = running, np.random.default_rng(seed)
        self._unknown = list(self._rng.permutation(np.array(collection.subjects, object)))
        self._subjects = collection.subjects
        self._known: dict[str, Subject] = {}
        self._gone: set[str] = set()
        self._asked: dict[str, int] = {}
        self.changed = False

    @property
    def size(self) -> int:
        """How many are known."""
        return len(self._known)

    async def day(self, tally: _Tally) -> None:
        """A day's events."""
        if self._unknown and (self.size < 3 or self._rng.random() < 0.6):
            await self._introduce(self._unknown.pop())
        for _ in range(_ASKED):
            await self._ask(tally)
        await self._edit(tally)
        if self.size > 3 and self._rng.random() < 0.12:
            await self._forget(tally)

    async def _introduce(self, subject: Subject) -> None:
        await self._say(f"/remember {subject.name} | {subject.category}", self._photo(subject))
        self._known[subject.name] = subject
        self._gone.discard(subject.name)

    async def _ask(self, tally: _Tally) -> None:
        """Ask about a photo of somebody known, or now and then of somebody who is not."""
        strangers = [one for one in self._subjects if one not in self._known.values()]
        if strangers and (not self._known or self._rng.random() < 0.25):
            stranger = strangers[int(self._rng.integers(len(strangers)))]
            reply = await self._say("", self._photo(stranger))
            tally.false_names.append(bool(_surely(reply)))
            tally.resurrected += self._speaks_of_the_gone(reply)
            return
        name = list(self._known)[int(self._rng.integers(self.size))]
        photo = self._photo(self._known[name])
        reply = await self._say("", photo)
        tally.resurrected += self._speaks_of_the_gone(reply)
        found = _names(reply)
        (tally.right_new_look if self._looks_new(self._known[name]) else tally.right).append(name in found)
        await self._correct(name, found, photo, tally)

    async def _correct(self, name: str, found: set[str], photo: bytes, tally: _Tally) -> None:
        """People put right what they see wrong: that's not bo, and this one is."""
        for wrong in sorted(found - {name}):
            await self._say(f"/wrong {wrong}", photo)
            tally.corrections += 1
        if name not in found:
            await self._say(f"/remember {name}", photo)
            tally.corrections += 1

    async def _edit(self, tally: _Tally) -> None:
        if not self._known:
            return
        name = list(self._known)[int(self._rng.integers(self.size))]
        if self._rng.random() < 0.2:
            new = f"{name.split(' the ')[0]} the {int(self._rng.integers(1000))}th"
            _, taken = await self._timed(f"/rename {name} | {new}")
            self._known[new] = self._known.pop(name)
            self._gone.add(name)
        else:
            _, taken = await self._timed(f"/describe {name} | seen {int(self._rng.integers(1000))} times")
        tally.edits.append(taken)

    async def _forget(self, tally: _Tally) -> None:
        name = list(self._known)[int(self._rng.integers(self.size))]
        _, taken = await self._timed(f"/forget {name}")
        tally.edits.append(taken)
        del self._known[name]
        self._gone.add(name)

    def _speaks_of_the_gone(self, reply: Reply) -> bool:
        """Whether a forgotten or former name is said; a longer present name may hold it."""
        spoken = mentioned(reply.text, [*self._gone, *self._known])
        return bool(set(spoken) & (self._gone - set(self._known)))

    def _photo(self, subject: Subject) -> bytes:
        """The subject's next photo, as it looks now; after the last comes the first again."""
        turn = self._asked[subject.name] = self._asked.get(subject.name, -1) + 1
        path = subject.photos[turn % len(subject.photos)]
        return _new_look(path) if self._looks_new(subject) else path.read_bytes()

    def _looks_new(self, subject: Subject) -> bool:
        return self.changed and self._subjects.index(subject) % _NEW_LOOK == 0

    async def _say(self, text: str, *photos: bytes) -> Reply:
        return await said(self._running, CHAT, text, *photos)

    async def _timed(self, text: str, *photos: bytes) -> tuple[Reply, float]:
        began = time.perf_counter()
        reply = await self._say(text, *photos)
        return reply, 1e3 * (time.perf_counter() - began)


async def measure(bench: Bench, collection: Collection, *, weeks: int = 6, seed: int = 0) -> Report:
    """The experiment: a row for each week."""
    rows = []
    with TemporaryDirectory() as folder:
        store = Path(folder) / "longrun.db"
        async with bench.bot(store) as running:
            life = _Life(running, collection, seed)
            for week in bench.progress.track(range(weeks), description="Weeks"):
                life.changed = week >= weeks // 2
                tally = _Tally()
                for _ in range(_DAYS):
                    await life.day(tally)
                rows.append(_row(week + 1, life.size, tally, _megabytes(store)))
    return Report(
        "longrun",
        collection.name,
        tuple(rows),
        {**bench.eyes.identities, "generator": bench.models.generator.identity},
        (seed,),
        (
            f"{_ASKED} photos a day; a photo may come again. Right: the right name was said or asked."
            f" From week {weeks // 2 + 1} on every third concept is mirrored and darker (new look).",
            "False: a stranger was surely named. Came back: a forgotten or former name was said."
            " Edits are /describe, /rename and /forget.",
        ),
        collection.skipped,
    )


def _row(week: int, known: int, tally: _Tally, megabytes: float) -> dict[str, object]:
    return {
        "week": str(week),
        "known": str(known),
        "right": mean(tally.right),
        "right, new look": mean(tally.right_new_look),
        "strangers named": mean(tally.false_names),
        "corrections": str(tally.corrections),
        "came back": str(tally.resurrected),
        "edit ms": float(np.median(tally.edits)) if tally.edits else float("nan"),
        "store MB": megabytes,
    }


def _new_look(path: Path) -> bytes:
    picture = PIL.Image.fromarray(opened(path).pixels)
    out = io.BytesIO()
    ImageEnhance.Brightness(ImageOps.mirror(picture)).enhance(0.6).save(out, "JPEG", quality=92)
    return out.getvalue()


def _names(reply: Reply) -> set[str]:
    return {one.match.name for one in reply.sightings if one.match}


def _surely(reply: Reply) -> set[str]:
    return {one.match.name for one in reply.sightings if one.match and one.grade is Grade.SURE}


def _megabytes(store: Path) -> float:
    return sum(path.stat().st_size for path in _files(store)) / 1e6


def _files(store: Path) -> Iterator[Path]:
    return store.parent.glob(f"{store.name}*")
