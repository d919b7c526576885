"""`eval longrun`: weeks of a chat with the whole bot: accuracy, the time of edits, what comes back after `/forget`.

Every day a concept may be introduced, photos are asked about, mistakes are corrected, texts edited, names changed,
concepts forgotten. From the middle on some concepts look different. A day is its events: nothing waits.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import PIL.Image
from PIL import ImageEnhance, ImageOps

from bot.build.rapport import Rapport
from bot.evaluation.data.datasets import Collection, Subject
from bot.evaluation.harness.environment import Environment, final_reply
from bot.evaluation.harness.metrics import mean
from bot.evaluation.harness.recognition import matched_names, open_image
from bot.evaluation.harness.report import Report
from core.concepts import Grade
from core.messages import Chat, Reply
from core.names import mentioned

CHAT = Chat("eval", "longrun")
_DAYS = 7
_ASKED = 4  # photos that are asked about in a day
_NEW_LOOK = 3  # every third concept looks different from the middle on


async def measure(environment: Environment, collection: Collection, *, weeks: int = 6, seed: int = 0) -> Report:
    """Run the experiment: a row for each week."""
    rows = []
    with TemporaryDirectory() as folder:
        async with environment.bot(Path(folder) / "longrun.db") as running:
            simulation = _ChatSimulation(running, collection, seed)
            for week in environment.progress.track(range(weeks), description="Weeks"):
                simulation.new_look = week >= weeks // 2
                results = _WeekResults()
                for _ in range(_DAYS):
                    await simulation.day(results)
                known = {"week": str(week + 1), "known": str(simulation.size)}
                rows.append({**known, **results.figures(Path(folder))})
    return Report(
        "longrun",
        collection.name,
        tuple(rows),
        environment.identities,
        (seed,),
        (
            f"{_ASKED} photos a day; a photo may come again. Right: the right name was said or asked."
            f" From week {weeks // 2 + 1} on every third concept is mirrored and darker (new look).",
            "False: a stranger was surely named. Came back: a forgotten or former name was said."
            " Edits are /describe, /rename and /forget.",
        ),
        collection.skipped,
    )


@dataclass
class _WeekResults:
    """The results of one week, a value for each photo, edit (in ms) or event."""

    right: list[bool] = field(default_factory=list)
    right_new_look: list[bool] = field(default_factory=list)
    strangers_named: list[bool] = field(default_factory=list)
    edits: list[float] = field(default_factory=list)
    corrections: int = 0
    came_back: int = 0

    def figures(self, store: Path) -> dict[str, str | float]:
        """The cells of the week's row; `store` is the folder with nothing but the store's files."""
        return {
            "right": mean(self.right),
            "right, new look": mean(self.right_new_look),
            "strangers named": mean(self.strangers_named),
            "corrections": str(self.corrections),
            "came back": str(self.came_back),
            "edit ms": float(np.median(self.edits)) if self.edits else float("nan"),
            "store MB": sum(path.stat().st_size for path in store.iterdir()) / 1e6,
        }


class _ChatSimulation:
    """One chat's messages to the bot: which concepts are known, by what name, and which were forgotten."""

    def __init__(self, running: Rapport, collection: Collection, seed: int) -> None:
        self._running, self._rng = running, np.random.default_rng(seed)
        self._unknown = list(self._rng.permutation(np.array(collection.subjects, object)))
        self._subjects = collection.subjects
        self._known: dict[str, Subject] = {}
        self._gone: set[str] = set()
        self._turns: dict[str, int] = {}
        self.new_look = False

    @property
    def size(self) -> int:
        """How many concepts are known."""
        return len(self._known)

    async def day(self, results: _WeekResults) -> None:
        """A day's events: perhaps a new concept, photos, an edit, perhaps a concept forgotten."""
        if self._unknown and (self.size < 3 or self._rng.random() < 0.6):
            subject = self._unknown.pop()
            await self._send(f"/remember {subject.name} | {subject.category}", self._next_photo(subject))
            self._known[subject.name] = subject
            self._gone.discard(subject.name)
        for _ in range(_ASKED):
            await self._ask(results)
        if self._known:
            name = self._any_known()
            if self._rng.random() < 0.2:
                new = f"{name.split(' the ')[0]} the {int(self._rng.integers(1000))}th"
                results.edits.append(await self._milliseconds(f"/rename {name} | {new}"))
                self._known[new] = self._known.pop(name)
                self._gone.add(name)
            else:
                text = f"seen {int(self._rng.integers(1000))} times"
                results.edits.append(await self._milliseconds(f"/describe {name} | {text}"))
        if self.size > 3 and self._rng.random() < 0.12:
            name = self._any_known()
            results.edits.append(await self._milliseconds(f"/forget {name}"))
            del self._known[name]
            self._gone.add(name)

    async def _ask(self, results: _WeekResults) -> None:
        """Ask about a photo of a known concept and correct what is wrong; one time in four, of a stranger."""
        strangers = [one for one in self._subjects if one not in self._known.values()]
        if strangers and (not self._known or self._rng.random() < 0.25):
            stranger = strangers[int(self._rng.integers(len(strangers)))]
            reply = await self._send("", self._next_photo(stranger))
            results.strangers_named.append(bool(matched_names(reply.sightings, Grade.SURE)))
            results.came_back += self._mentions_gone(reply)
            return
        name = self._any_known()
        photo = self._next_photo(self._known[name])
        reply = await self._send("", photo)
        results.came_back += self._mentions_gone(reply)
        found = matched_names(reply.sightings)
        (results.right_new_look if self._looks_new(self._known[name]) else results.right).append(name in found)
        corrections = [f"/wrong {wrong}" for wrong in sorted(found - {name})]
        corrections += [f"/remember {name}"] if name not in found else []
        for correction in corrections:
            await self._send(correction, photo)
        results.corrections += len(corrections)

    def _any_known(self) -> str:
        return list(self._known)[int(self._rng.integers(self.size))]

    def _mentions_gone(self, reply: Reply) -> bool:
        """Whether a forgotten or former name is said; a longer present name may contain it."""
        names = mentioned(reply.text, [*self._gone, *self._known])
        return bool(set(names) & (self._gone - set(self._known)))

    def _next_photo(self, subject: Subject) -> bytes:
        """The subject's next photo, as it looks now; the first one follows the last."""
        turn = self._turns[subject.name] = self._turns.get(subject.name, -1) + 1
        path = subject.photos[turn % len(subject.photos)]
        if not self._looks_new(subject):
            return path.read_bytes()
        out = io.BytesIO()
        mirrored = ImageOps.mirror(PIL.Image.fromarray(open_image(path).pixels))
        ImageEnhance.Brightness(mirrored).enhance(0.6).save(out, "JPEG", quality=92)
        return out.getvalue()

    def _looks_new(self, subject: Subject) -> bool:
        return self.new_look and self._subjects.index(subject) % _NEW_LOOK == 0

    async def _send(self, text: str, *photos: bytes) -> Reply:
        return await final_reply(self._running, CHAT, text, *photos)

    async def _milliseconds(self, text: str) -> float:
        """How long the bot takes to answer a message."""
        start = time.perf_counter()
        await self._send(text)
        return 1e3 * (time.perf_counter() - start)
