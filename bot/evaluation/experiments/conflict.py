"""`eval conflict`: what is said of a concept with contradicting texts, or with another's photo among its own.

Told to the whole bot, as people would: `/remember`, `/describe`, then `/wrong` and `/remember` of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.build.rapport import Rapport
from bot.evaluation.data.datasets import Collection, Subject
from bot.evaluation.harness.bench import Bench, said
from bot.evaluation.harness.metrics import mean
from bot.evaluation.harness.report import Report
from core.messages import Chat, Reply

_TEXTS = ("lives in Oslo", "lives in Lisbon", "lives in Kyoto")  # as told first, then, and in the correction
_LEAST = 4  # photos of each of a pair: two to learn from, two to ask about


@dataclass(frozen=True, slots=True)
class Pair:
    """A concept and one that gets mixed up with it."""

    own: Subject
    rival: Subject


@dataclass(frozen=True, slots=True)
class Found:
    """What one stage showed of one pair, as counts 0 or 1, each for a photo or a question."""

    own_named: tuple[bool, ...] = ()
    rival_taken_for_own: tuple[bool, ...] = ()
    rival_named: tuple[bool, ...] = ()
    tells_newest: tuple[bool, ...] = ()
    tells_older: tuple[bool, ...] = ()


async def measure(bench: Bench, collection: Collection, *, pairs: int = 8) -> Report:
    """The experiment, for some pairs of concepts, of the same kind where there are such."""
    chosen = _pairs(collection)[:pairs]
    stages: dict[str, list[Found]] = {}
    with TemporaryDirectory() as folder:
        async with bench.bot(Path(folder) / "conflict.db") as running:
            for number, pair in enumerate(bench.progress.track(chosen, description="Contradicting")):
                chat = Chat("eval", f"pair{number}")
                for stage, found in [
                    *await _texts(running, chat, pair),
                    *await _photos(running, Chat("eval", f"mixed{number}"), pair),
                ]:
                    stages.setdefault(stage, []).append(found)
    return Report(
        "conflict",
        collection.name,
        tuple({"stage": stage} | _figures(found) for stage, found in stages.items()),
        {**bench.eyes.identities, "generator": bench.models.generator.identity},
        conditions=(
            f"{len(chosen)} pairs of concepts. Named counts sure and maybe alike; photos asked about are none"
            " of those learnt from. Told: the answer to “who is …?” holds that text.",
        ),
        notes=collection.skipped,
    )


def _pairs(collection: Collection) -> list[Pair]:
    """Each concept with the next of its kind; after those, of any kind."""
    usable = [one for one in collection.subjects if len(one.photos) >= _LEAST]
    alike, others = [], []
    for place, one in enumerate(usable):
        later = usable[place + 1 :]
        same = next((other for other in later if other.category == one.category), None)
        if same:
            alike.append(Pair(one, same))
        elif later:
            others.append(Pair(one, later[0]))
    return [*alike, *others]


# ── texts ─────────────────────────────────────────────────────────────────────────────────────────


async def _texts(running: Rapport, chat: Chat, pair: Pair) -> list[tuple[str, Found]]:
    name = pair.own.name
    await said(running, chat, f"/remember {name} | | {name} {_TEXTS[0]}", _bytes(pair.own.photos[0]))
    stages = [("one text", await _told(running, chat, name, 0))]
    for number, stage in ((1, "a contradicting text"), (2, "a correction of the text")):
        await said(running, chat, f"/describe {name} | {name} {_TEXTS[number]}")
        stages.append((stage, await _told(running, chat, name, number)))
    return stages


async def _told(running: Rapport, chat: Chat, name: str, newest: int) -> Found:
    answer = (await said(running, chat, f"Who is {name}?")).text
    older = any(text in answer for text in _TEXTS[:newest])
    return Found(tells_newest=(_TEXTS[newest] in answer,), tells_older=(older,))


# ── photos ────────────────────────────────────────────────────────────────────────────────────────


async def _photos(running: Rapport, chat: Chat, pair: Pair) -> list[tuple[str, Found]]:
    own, rival = pair.own.name, pair.rival.name
    await said(running, chat, f"/remember {own}", _bytes(pair.own.photos[0]))
    stages = [("own photo alone", await _seen(running, chat, pair))]
    mistake = await said(running, chat, f"/remember {own}", _bytes(pair.rival.photos[0]))
    stages.append(("a photo of the other among its own", await _seen(running, chat, pair)))
    await said(running, chat, f"/wrong {own}", _bytes(pair.rival.photos[1]))
    stages.append(("after one /wrong", await _seen(running, chat, pair)))
    await said(running, chat, f"/remember {rival}", _bytes(pair.rival.photos[0]))
    stages.append(("after /remember of the other", await _seen(running, chat, pair)))
    undo = next(one.value for one in mistake.buttons if one.value.startswith("/undo"))
    await said(running, chat, undo)
    stages.append(("after /undo of the mistake", await _seen(running, chat, pair)))
    return stages


async def _seen(running: Rapport, chat: Chat, pair: Pair) -> Found:
    """Ask about photos of both that nobody has learnt from."""
    own = [_names(await said(running, chat, "", _bytes(path))) for path in pair.own.photos[1:_LEAST]]
    rival = [_names(await said(running, chat, "", _bytes(path))) for path in pair.rival.photos[2:_LEAST]]
    return Found(
        own_named=tuple(pair.own.name in names for names in own),
        rival_taken_for_own=tuple(pair.own.name in names for names in rival),
        rival_named=tuple(pair.rival.name in names for names in rival),
    )


def _names(reply: Reply) -> set[str]:
    return {one.match.name for one in reply.sightings if one.match}


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


def _figures(found: Sequence[Found]) -> dict[str, float]:
    def share(of: str) -> float:
        return mean([one for stage in found for one in getattr(stage, of)])

    return {
        "tells the newest text": share("tells_newest"),
        "tells an older one": share("tells_older"),
        "own photos named": share("own_named"),
        "the other's taken for it": share("rival_taken_for_own"),
        "the other's named": share("rival_named"),
    }
