"""From exchanges to samples: which concepts the model is handed with a question, right and wrong ones.

What is taught (RAP section 3.3, and beyond it): a concept that was retrieved by mistake changes no answer; where only
wrong ones were retrieved nobody is named; who somebody is is told by the reference picture, never by the text; what is
known about a name is what the text under that name says, whoever's it was before.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Protocol

from pydantic import Field

from bot.data.augmenting import Alteration
from bot.data.choosing import ShareOptions, chosen
from bot.data.lengths import LengthOptions
from bot.data.prompts import marked_names
from bot.data.records import ABSENT, Crop, Description, Exchange, Picture, Split
from bot.data.samples import SEVERAL_SOURCES, Kind, Provenance, RetrievedConcept, Sample, Turn
from bot.data.steps import Refusal, Refused
from bot.data.templates import NAMES
from core.concepts import Box
from core.names import fold, mentioned

OTHERS_TEXT = "another's text"
"""In `Provenance.augmented`: a concept stands there with its own picture and name, and another one's text."""

_MARKED = re.compile(r"<([^<>\n]+)>")
_BOX = re.compile(r"\[\d\.\d\d, ")
_FILLS = 0.9  # of a picture: where who fills it is, is no question
_TRIES = 40  # of finding a wrong concept that fits


class MixOptions(ShareOptions, LengthOptions):
    """The shares of the kinds, and of the negatives, and how long a sample may be."""

    most: int = Field(
        4, ge=1, description="Retrieved concepts of a sample, at most, as far as mix.max_length has room for them."
    )
    concepts: dict[int, float] = Field(
        default_factory=lambda: {1: 0.3, 2: 0.55, 3: 0.1, 4: 0.05},
        description="How often so many concepts are retrieved; those that the answer needs are among them.",
    )
    several: float = Field(0.25, ge=0, le=1, description="Of the samples: those with two concepts or more, at least.")
    look_alikes: float = Field(0.5, ge=0, le=1, description="Of the wrong concepts: those that look most alike.")
    nearest: int = Field(5, ge=1, description="How many that look most alike there are to choose from.")
    same_category: float = Field(0.5, ge=0, le=1, description="Of the other wrong concepts: those of the same kind.")
    wrong_text: float = Field(
        0.05, ge=0, le=1, description="Of the answers that rest on the picture: those given against another's text."
    )
    other_text: float = Field(
        0.15, ge=0, le=1, description="Of the answers that rest on the text: those that follow another's text."
    )
    renamed: float = Field(0.5, ge=0, le=1, description="Of the samples: those whose names are drawn anew.")
    names: tuple[str, ...] = Field(
        (), description="The names that are drawn, every fourth for evaluation only; the program's own when empty."
    )


@dataclass(frozen=True, slots=True)
class Material:
    """What one split's samples are made of: crops and pictures by id, descriptions by subject, all exchanges.

    `instructions` is where plain instruction data comes from.
    """

    split: Split
    crops: Mapping[str, Crop]
    descriptions: Mapping[str, Description]
    pictures: Mapping[str, Picture]
    exchanges: Sequence[Exchange]
    instructions: Provenance = field(default_factory=Provenance)


class LookAlikes(Protocol):
    """Finds what the retriever would mistake a subject for."""

    async def like(self, crops: Sequence[Crop], most: int) -> Mapping[str, Sequence[str]]:
        """For each subject of the crops at most so many other ones, by id, the most alike first."""
        ...


@dataclass(frozen=True, slots=True)
class Mixed:
    """The samples of a split, what was refused, and sentences about shares that could not be met."""

    samples: tuple[Sample, ...]
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()


async def mixed(material: Material, options: MixOptions, look_alikes: LookAlikes | None = None) -> Mixed:
    """The samples of a split. Without `look_alikes` wrong concepts are of the same kind, or any."""
    crops = [one for one in material.crops.values() if one.subject in material.descriptions]
    like = await look_alikes.like(crops, options.nearest) if look_alikes else {}
    shelf = _Shelf(material, options, like)
    fitting, refusals = list[Exchange](), list[Refusal]()
    for one in material.exchanges:
        try:
            shelf.check(one)
            fitting.append(one)
        except Refused as error:
            refusals.append(Refusal(of=one.id, reason=error.reason, detail=error.detail))
    choice = chosen(fitting, options)
    samples, counts = list[Sample](), counts_of(choice.exchanges, options)
    for one, count in zip(choice.exchanges, counts, strict=True):
        try:
            samples.append(shelf.sample(one, count))
        except Refused as error:
            refusals.append(Refusal(of=one.id, reason=error.reason, detail=error.detail))
    notes = (*choice.notes, *_notes(samples, options), *shelf.notes())
    return Mixed(tuple(samples), (*refusals, *choice.refusals), notes)


def counts_of(exchanges: Sequence[Exchange], options: MixOptions) -> list[int]:
    """How many concepts each exchange gets: by the shares of `concepts`, and at least two as often as is asked for."""
    usual = {count: share for count, share in sorted(options.concepts.items()) if 1 <= count <= options.most}
    whole = sum(usual.values()) or 1
    found = list[int]()
    for number, one in enumerate(exchanges):
        least = 0 if one.kind is Kind.INSTRUCTION else max(1, 0 if one.without else len(one.subjects))
        # A low-discrepancy sequence: any stretch of the samples has about these shares.
        drawn = (number * 0.6180339887498949 + 0.5) % 1 * whole
        reached = [count for count, upto in zip(usual, accumulate(usual.values()), strict=True) if drawn < upto]
        room = max(least, options.concepts_that_fit(bool(one.picture)))
        found.append(min(room, max(least, *reached[:1])) if least else 0)
    missing = round(options.several * len(found) + 0.5) - sum(count > 1 for count in found)
    for number, count in enumerate(found):
        fits = min(options.most, options.concepts_that_fit(bool(exchanges[number].picture))) > 1
        if missing > 0 and count == 1 and fits:
            found[number], missing = 2, missing - 1
    return found


def _notes(samples: Sequence[Sample], options: MixOptions) -> list[str]:
    total = max(1, len(samples))
    several = sum(len(one.concepts) > 1 for one in samples) / total
    if several >= options.several - 0.01:
        return []
    return [
        f"several concepts: {several:.1%} of the samples instead of {options.several:.1%}, as there are too few "
        "subjects to retrieve beside the right ones, or mix.most or mix.max_length allow but one."
    ]


def _asks_absent(exchange: Exchange) -> bool:
    return any(ABSENT in marked_names(one.question + one.answer) for one in exchange.turns)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A sample in the making: whom the model is handed, whose text stands under whose name, what is said."""

    turns: tuple[Turn, ...]
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    texts: Mapping[str, str]  # by subject, whose text stands there instead of its own
    augmented: tuple[str, ...]


class _Shelf:
    """The concepts of a split, and how samples are made of them; counts what could not be had."""

    def __init__(self, material: Material, options: MixOptions, like: Mapping[str, Sequence[str]]) -> None:
        self._material, self._options, self._like = material, options, like
        self._views, self._changed = defaultdict[str, list[Crop]](list), defaultdict[str, list[Picture]](list)
        for crop in material.crops.values():
            self._views[crop.subject].append(crop)
        for picture in material.pictures.values():
            if picture.crop:
                self._changed[picture.view].append(picture)
        self._subjects = [who for who in material.descriptions if self._views.get(who)]
        self._folded = {who: fold(told.name) for who, told in material.descriptions.items()}
        self._kind = {who: fold(told.category) for who, told in material.descriptions.items()}
        self._by_category, self._asked = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for who in self._subjects:
            told = material.descriptions[who]
            self._by_category[self._kind[who]].append(who)
            if any(one.about == "text" for one in told.questions):
                self._asked[self._kind[who]].append(who)
        # Every fourth name is for evaluation, so that no name there was learnt in training.
        kept = material.split == "eval"
        self._names = [one for at, one in enumerate(options.names or NAMES) if (at % 4 == 3) == kept]
        self._missed = Counter[str]()

    def check(self, exchange: Exchange) -> None:
        """Raises `Refused` for an exchange that can't become a sample."""
        self.check_length(exchange)
        if exchange.kind is Kind.INSTRUCTION:
            return
        if exchange.picture and exchange.picture not in self._material.pictures:
            raise Refused("its picture is gone")
        self.check_trivial(exchange)
        if missing := [who for who in exchange.subjects if who not in self._material.descriptions]:
            raise Refused("not described", f"There is no description of {missing[0]}.")
        if exchange.without or _asks_absent(exchange):
            scene = self._scene(exchange)
            if all(who in scene for who in self._subjects):
                raise Refused("nobody else to retrieve")
        if not exchange.without:
            if len(exchange.subjects) + _asks_absent(exchange) > self._options.most:
                raise Refused("more concepts than mix.most")
            if not all(self._references(who, exchange) for who in exchange.subjects):
                raise Refused("no other view", "There is one photo only, and it is the one that is asked about.")

    def check_length(self, exchange: Exchange) -> None:
        """Raises `Refused` for one that is too long even with the concepts alone that it needs."""
        right = () if exchange.without else exchange.subjects
        told = [self._material.descriptions[one] for one in right if one in self._material.descriptions]
        needed = [RetrievedConcept(crop="", name=one.name, info=one.info) for one in told]
        if exchange.without or _asks_absent(exchange):
            needed.append(RetrievedConcept(crop="", name=ABSENT))
        if (length := self._options.of(exchange.turns, needed, bool(exchange.picture))) > self._options.max_length:
            raise Refused("longer than mix.max_length", f"About {length} tokens.")

    def check_trivial(self, exchange: Exchange) -> None:
        """Raises `Refused` for one that tells where somebody is who fills the picture: everywhere."""
        picture = self._material.pictures.get(exchange.picture)
        if picture is None or not any(_BOX.search(f"{one.question} {one.answer}") for one in exchange.turns):
            return
        boxes = [Box(*picture.box)] if picture.subject in exchange.subjects else []
        boxes += [Box(*one.box) for one in picture.others if one.subject in exchange.subjects]
        if any(one.area >= _FILLS * picture.size[0] * picture.size[1] for one in boxes):
            raise Refused("a box that is the whole picture")

    def fitting(
        self, turns: Sequence[Turn], concepts: Sequence[RetrievedConcept], exchange: Exchange
    ) -> list[RetrievedConcept]:
        """The concepts without so many of the last wrong ones that the sample is not too long. Raises `Refused`."""
        needed = exchange.without or _asks_absent(exchange)
        least = max(1, sum(not one.noise for one in concepts) + needed)
        for count in range(len(concepts), min(least, len(concepts)) - 1, -1):
            if self._options.of(turns, concepts[:count], bool(exchange.picture)) <= self._options.max_length:
                return list(concepts[:count])
        raise Refused("longer than mix.max_length")

    def notes(self) -> list[str]:
        """What could not be had as often as the options say."""
        told = {
            "reference": "{} references are changed views of a subject's only photo.",
            "look-alike": "{} wrong concepts are no look-alikes, as none fits where they are.",
            "text": "{} samples have no other subject's text, as there is none that can be asked about.",
            "name": "{} samples keep their names, as their words say them unmarked.",
        }
        return [told[what].format(count) for what, count in sorted(self._missed.items()) if count]

    def sample(self, exchange: Exchange, count: int) -> Sample:
        """A sample with so many concepts, fewer where there aren't so many. Raises `Refused`."""
        if exchange.kind is Kind.INSTRUCTION:
            told = self._material.instructions.model_copy(update={"seed": self._options.seed})
            return Sample(
                id=exchange.id, kind=exchange.kind, image=exchange.picture, turns=exchange.turns, provenance=told
            )
        draw = random.Random(f"{self._options.seed} {exchange.id}")  # noqa: S311 - nothing is secret here
        right = () if exchange.without else exchange.subjects
        draft = self.with_texts(_Draft(exchange.turns, right, (), {}, ()), exchange, draw)
        draft = self.with_wrong(draft, exchange, count - len(right), draw)
        concepts = self.concepts(draft, exchange, draw)
        turns = draft.turns
        if draft.wrong:
            turns = _replaced(turns, {ABSENT: self._name(draft.wrong[0])})
        if draw.random() < self._options.renamed:
            turns, concepts = self.renamed(turns, concepts, draw)
        concepts = self.fitting(turns, concepts, exchange)
        turns = marked_if_listed(turns, {one.name for one in concepts})
        draw.shuffle(concepts)
        return Sample(
            id=exchange.id,
            kind=exchange.kind,
            image=self._material.pictures[exchange.picture].picture if exchange.picture else "",
            turns=turns,
            concepts=tuple(concepts),
            subjects=tuple(dict.fromkeys((*exchange.subjects, *sorted(self._scene(exchange)), *draft.texts.values()))),
            provenance=self.provenance(draft, exchange, concepts),
        )

    # ── who is in the picture, and other pictures of them ────────────────────────────────────────

    def _name(self, who: str) -> str:
        return self._material.descriptions[who].name

    def _seen_views(self, exchange: Exchange) -> list[Crop]:
        """The views that the picture is made of."""
        if not exchange.picture:
            return []
        picture = self._material.pictures[exchange.picture]
        return [self._material.crops[id] for id in (picture.view, *picture.beside) if id in self._material.crops]

    def _scene(self, exchange: Exchange) -> set[str]:
        """Who is in the picture, or was before it was changed, or is asked about."""
        found = set(exchange.subjects)
        for crop in self._seen_views(exchange):
            found |= {crop.subject, *(one.subject for one in crop.others if one.subject)}
        return found

    def _references(self, who: str, exchange: Exchange) -> list[str]:
        """The crops that may stand for somebody: of another photo; else of a changed view of the only one."""
        seen = self._seen_views(exchange)
        photos, tracks = {one.digest for one in seen}, {one.track for one in seen if one.track}
        other = [one for one in self._views[who] if one.digest not in photos]
        if other:
            return [one.crop for one in other if one.track not in tracks] or [one.crop for one in other]
        own = self._material.pictures[exchange.picture] if exchange.picture else None
        changed = [one for view in self._views[who] for one in self._changed[view.id] if own and one.id != own.id]
        unchanged = [one.crop for one in self._views[who]] if own and _turned(own.augmented, ()) else []
        return [one.crop for one in changed if own and _turned(one.augmented, own.augmented)] + unchanged

    # ── wrong concepts ───────────────────────────────────────────────────────────────────────────

    def with_wrong(self, draft: _Draft, exchange: Exchange, count: int, draw: random.Random) -> _Draft:
        """The draft with so many wrong concepts. Raises `Refused` where there must be one and none can be had."""
        scene = self._scene(exchange) | set(draft.texts.values())
        answers = fold(_MARKED.sub(" ", " ".join(one.answer for one in draft.turns)))
        taken = {self._folded[who] for who in scene if who in self._folded}
        taken |= {fold(name) for one in draft.turns for name in marked_names(f"{one.question} {one.answer}")}
        needed = exchange.without or _asks_absent(exchange)
        wrong = list[str]()
        for _ in range(max(count, int(needed))):
            if (one := self.wrong_one(exchange, draw, scene, taken, answers)) is None:
                break
            wrong.append(one)
            scene, taken = scene | {one}, taken | {self._folded[one]}
        if needed and not wrong:
            raise Refused("nobody else to retrieve")
        return replace(draft, wrong=tuple(wrong))

    def wrong_one(
        self, exchange: Exchange, draw: random.Random, scene: set[str], taken: set[str], answers: str
    ) -> str | None:
        """Somebody who isn't there, has a name of their own, and of whom the answers don't speak by chance."""
        subjects = exchange.subjects or tuple(sorted(scene))
        like = [one for one in self._like.get(draw.choice(subjects), ()) if one not in scene] if subjects else []
        pools = [self._subjects]
        if subjects and draw.random() < self._options.same_category:
            pools.insert(0, self._by_category.get(self._kind.get(subjects[0], ""), []))
        if draw.random() < self._options.look_alikes and self._like:
            pools.insert(0, like)
            self._missed["look-alike"] += not like
        for pool in pools:
            for _ in range(_TRIES if pool else 0):
                who = draw.choice(pool)
                if who in scene or (name := self._folded[who]) in taken:
                    continue
                if name not in answers or not mentioned(answers, [name]):
                    return who
        return None

    # ── texts and names ──────────────────────────────────────────────────────────────────────────

    def with_texts(self, draft: _Draft, exchange: Exchange, draw: random.Random) -> _Draft:
        """Now and then the draft with another's text under somebody's name: the answer follows text, or picture."""
        follows = exchange.told and exchange.kind in (Kind.QUESTION, Kind.TEXT) and len(draft.right) == 1
        share = self._options.other_text if follows else 0.0 if exchange.told else self._options.wrong_text
        if not draft.right or draw.random() >= share:
            return draft
        who = draw.choice(draft.right)
        category, scene = self._kind[who], self._scene(exchange)
        pools = (self._asked.get(category, []), [one for some in self._asked.values() for one in some])
        others = next((fit for pool in pools if (fit := [one for one in pool if one not in scene])), [])
        other = self._material.descriptions[draw.choice(others)] if others else None
        if other is None or _says(other.name, other.info, *(one.question + one.answer for one in other.questions)):
            self._missed["text"] += 1
            return draft
        turns = draft.turns
        if follows:
            asked = draw.choice([one for one in other.questions if one.about == "text"])
            turns = _replaced((Turn(question=asked.question, answer=asked.answer),), {other.name: self._name(who)})
        return replace(draft, turns=turns, texts={who: other.subject}, augmented=(OTHERS_TEXT,))

    def renamed(
        self, turns: tuple[Turn, ...], concepts: list[RetrievedConcept], draw: random.Random
    ) -> tuple[tuple[Turn, ...], list[RetrievedConcept]]:
        """The same with names drawn anew, everywhere alike, unless one of the old ones stands somewhere unmarked."""
        said = [*(text for one in turns for text in (one.question, one.answer)), *(one.info for one in concepts)]
        old = list(
            dict.fromkeys([*(one.name for one in concepts), *(name for text in said for name in marked_names(text))])
        )
        plain = _MARKED.sub(" ", " ".join(said))
        drawn = draw.sample(self._names, min(len(self._names), 2 * len(old) + 4))
        new = [name for name in drawn if not _says(name, plain) and fold(name) not in map(fold, old)][: len(old)]
        if len(new) < len(old) or mentioned(plain, old):
            self._missed["name"] += 1
            return turns, concepts
        names = dict(zip(old, new, strict=True))
        return _replaced(turns, names), [
            one.model_copy(update={"name": names[one.name], "info": _marked_anew(one.info, names)}) for one in concepts
        ]

    # ── put together ─────────────────────────────────────────────────────────────────────────────

    def concepts(self, draft: _Draft, exchange: Exchange, draw: random.Random) -> list[RetrievedConcept]:
        """The right and then the wrong ones, each with a picture, and with the box where retrieval would see it."""
        picture = self._material.pictures[exchange.picture] if exchange.picture else None
        boxes = {one.subject: Box(*one.box) for one in picture.others} if picture else {}
        boxes |= {picture.subject: Box(*picture.box)} if picture else {}
        by_name = _asks_absent(exchange)  # the first wrong one is retrieved for its name alone
        found = []
        for number, who in enumerate((*draft.right, *draft.wrong)):
            noise = number >= len(draft.right)
            own, told = (self._material.descriptions[one] for one in (who, draft.texts.get(who, who)))
            references = (
                [one.crop for one in self._views[who]] if noise or not picture else self._references(who, exchange)
            )
            if not noise and picture and not {one.crop for one in self._views[who]} & set(references):
                self._missed["reference"] += 1
            box = boxes.get(who)
            if noise and boxes:  # retrieval takes it for one of those who are there
                box = None if by_name and number == len(draft.right) else draw.choice(list(boxes.values()))
            found.append(
                RetrievedConcept(
                    crop=draw.choice(references),
                    name=own.name,
                    info=_marked_anew(told.info, {told.name: own.name}),
                    category=(told if exchange.told else own).category,
                    box=box,
                    noise=noise,
                    subject=who,
                )
            )
        return found

    def provenance(self, draft: _Draft, exchange: Exchange, concepts: Iterable[RetrievedConcept]) -> Provenance:
        """Where all its pictures and texts come from."""
        handed = [*(one.subject for one in concepts), *draft.texts.values()]
        crops = self._seen_views(exchange) + [self._views[who][0] for who in handed]
        picture = self._material.pictures[exchange.picture] if exchange.picture else None
        told = [self._material.descriptions[draft.texts.get(who, who)].teacher for who in exchange.subjects]
        return Provenance(
            source=SEVERAL_SOURCES.join(sorted({one.source for one in crops})),
            licence=SEVERAL_SOURCES.join(sorted({one.licence for one in crops if one.licence})),
            teacher=SEVERAL_SOURCES.join(sorted(set(told))) or "none",
            augmented=(*(picture.augmented if picture else ()), *draft.augmented),
            seed=self._options.seed,
        )


def _turned(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two pictures of one photo differ in more than light, size and what is before or behind the subject."""
    return bool({Alteration.FLIP.value, Alteration.ROTATION.value} & (set(one) ^ set(other)))


def _marked_anew(text: str, names: Mapping[str, str]) -> str:
    return _MARKED.sub(lambda match: f"<{names.get(match[1], match[1])}>", text)


def _replaced(turns: Iterable[Turn], names: Mapping[str, str]) -> tuple[Turn, ...]:
    return tuple(
        Turn(question=_marked_anew(one.question, names), answer=_marked_anew(one.answer, names)) for one in turns
    )


def marked_if_listed(turns: Iterable[Turn], listed: Collection[str]) -> tuple[Turn, ...]:
    """The turns with the names of those who weren't retrieved in plain words: brackets are for concepts."""

    def plain(text: str) -> str:
        return _MARKED.sub(lambda match: match[0] if match[1] in listed else match[1], text)

    return tuple(Turn(question=plain(one.question), answer=plain(one.answer)) for one in turns)


def _says(name: str, *texts: str) -> bool:
    """Whether a text says a name unmarked."""
    return any(mentioned(_MARKED.sub(" ", text), [name]) for text in texts)
