"""`eval conflict`: what is said of a concept with contradicting texts, or with another one's photo among its own.

The whole bot gets the messages that people would send: `/remember` and `/describe`, then `/wrong` and `/undo`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.build.rapport import Rapport
from bot.evaluation.data.datasets import Collection, Subject
from bot.evaluation.harness.environment import Environment, final_reply
from bot.evaluation.harness.metrics import mean
from bot.evaluation.harness.recognition import matched_names
from bot.evaluation.harness.report import Report
from core.counting import counted
from core.messages import Chat, Reply

_TEXTS = ("lives in Oslo", "lives in Lisbon", "lives in Kyoto")  # the first, its contradiction, the correction
_PHOTOS = 4  # of each of a pair: two to remember, two to ask about


@dataclass(frozen=True, slots=True)
class Pair:
    """A concept and another one that gets mixed up with it."""

    own: Subject
    rival: Subject


@dataclass(frozen=True, slots=True)
class Stage:
    """What the bot said at one stage, over all pairs: a value for each question or photo."""

    tells_newest: list[bool] = field(default_factory=list)
    tells_older: list[bool] = field(default_factory=list)
    own_named: list[bool] = field(default_factory=list)
    rival_taken_for_own: list[bool] = field(default_factory=list)
    rival_named: list[bool] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """The share of true values of each, by the headings of the table."""
        return {
            "tells the newest text": mean(self.tells_newest),
            "tells an older one": mean(self.tells_older),
            "own photos named": mean(self.own_named),
            "the other's taken for it": mean(self.rival_taken_for_own),
            "the other's named": mean(self.rival_named),
        }


async def measure(environment: Environment, collection: Collection, *, pairs: int = 8) -> Report:
    """Run the experiment on up to that many pairs of concepts.

    A concept is paired with the next one of its category; after those, the others with the next one of any.
    """
    usable = [one for one in collection.subjects if len(one.photos) >= _PHOTOS]
    alike, others = list[Pair](), list[Pair]()
    for number, one in enumerate(usable[:-1], 1):
        same = next((other for other in usable[number:] if other.category == one.category), None)
        (alike if same else others).append(Pair(one, same or usable[number]))
    chosen = [*alike, *others][:pairs]
    stages: dict[str, Stage] = {}
    with TemporaryDirectory() as folder:
        async with environment.bot(Path(folder) / "conflict.db") as running:
            for number, pair in enumerate(environment.progress.track(chosen, description="Contradicting")):
                await _Session(running, Chat("eval", f"pair{number}"), pair, stages).contradict()
                await _Session(running, Chat("eval", f"mixed{number}"), pair, stages).mix_up()
    return Report(
        "conflict",
        collection.name,
        tuple({"stage": name} | stage.figures() for name, stage in stages.items()),
        environment.identities,
        conditions=(
            f"{counted(len(chosen), 'pair')} of concepts. Named counts sure and maybe alike; photos asked about are"
            " none of those learnt from. Told: the answer to “who is …?” holds that text.",
        ),
        notes=collection.skipped,
    )


@dataclass(frozen=True, slots=True)
class _Session:
    """One pair's chat with the bot."""

    running: Rapport
    chat: Chat
    pair: Pair
    stages: dict[str, Stage]

    async def send(self, text: str, *photos: Path) -> Reply:
        return await final_reply(self.running, self.chat, text, *photos)

    async def ask_for_text(self, stage: str, newest: int) -> None:
        """Ask who the concept is and record which of the texts the answer contains."""
        answer = (await self.send(f"Who is {self.pair.own.name}?")).text
        recorded = self.stages.setdefault(stage, Stage())
        recorded.tells_newest.append(_TEXTS[newest] in answer)
        recorded.tells_older.append(any(text in answer for text in _TEXTS[:newest]))

    async def ask_about_photos(self, stage: str) -> None:
        """Ask about photos of both that are no references, and record who is named."""
        own, rival = self.pair.own, self.pair.rival
        recorded = self.stages.setdefault(stage, Stage())
        for path in own.photos[1:_PHOTOS]:
            names = matched_names((await self.send("", path)).sightings)
            recorded.own_named.append(own.name in names)
        for path in rival.photos[2:_PHOTOS]:
            names = matched_names((await self.send("", path)).sightings)
            recorded.rival_taken_for_own.append(own.name in names)
            recorded.rival_named.append(rival.name in names)

    async def contradict(self) -> None:
        """Remember a concept with a text, contradict the text, correct it."""
        name = self.pair.own.name
        await self.send(f"/remember {name} | | {name} {_TEXTS[0]}", self.pair.own.photos[0])
        await self.ask_for_text("one text", 0)
        for number, stage in ((1, "a contradicting text"), (2, "a correction of the text")):
            await self.send(f"/describe {name} | {name} {_TEXTS[number]}")
            await self.ask_for_text(stage, number)

    async def mix_up(self) -> None:
        """Remember a concept, then with a photo of its rival; correct that with `/wrong`, `/remember` and `/undo`."""
        own, rival = self.pair.own, self.pair.rival
        await self.send(f"/remember {own.name}", own.photos[0])
        await self.ask_about_photos("own photo alone")
        mistake = await self.send(f"/remember {own.name}", rival.photos[0])
        await self.ask_about_photos("a photo of the other among its own")
        await self.send(f"/wrong {own.name}", rival.photos[1])
        await self.ask_about_photos("after one /wrong")
        await self.send(f"/remember {rival.name}", rival.photos[0])
        await self.ask_about_photos("after /remember of the other")
        await self.send(next(one.value for one in mistake.buttons if one.value.startswith("/undo")))
        await self.ask_about_photos("after /undo of the mistake")
