"""Exchanges about pictures and the subjects in them: asked as people ask, answered as a friend would.

Boxes are told as LLaVA-1.5's RefCOCO and Visual Genome data tell them: `[x0, y0, x1, y1]` with two decimals, as parts
of the square that the picture is padded to, the picture in its middle: https://github.com/haotian-liu/LLaVA/issues/606.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import Field

from bot.data import templates
from bot.data.augmenting import holds
from bot.data.prompts import marked_names
from bot.data.records import ABSENT, Description, Exchange, Picture
from bot.data.samples import Kind, Turn, Value
from bot.data.teacher.kinds import sort_of
from bot.data.templates import Talk, drawn
from core.concepts import Box
from core.language.nouns import article, singular
from core.language.wording import capitalised, english_position
from core.names import fold

_LARGE = 0.5  # of a picture: who fills more of it is nowhere in particular
_ENGLISH = re.compile(r"\b(is|are|a|an|the|and|on|in|with|of|at)\b", re.IGNORECASE)
_SENTENCE_ENDS = (".", "!", "?", "…")
_MARKED = re.compile(r"<([^<>\n]+)>")


class Scene(Value):
    """A picture, and what is told of those in it: first of its subject, then of the others that are known.

    Without a picture it is about what is told alone.
    """

    picture: Picture | None = None
    descriptions: tuple[Description, ...]


class ConversationOptions(Value):
    """Which conversations are made of a picture. What is more than a kind's share is left out later."""

    seed: int = 0
    each: dict[Kind, int] = Field(
        default_factory=lambda: {
            Kind.GROUNDING: 4,
            Kind.RECOGNITION: 2,
            Kind.CAPTION: 1,
            Kind.DESCRIPTION: 1,
            Kind.QUESTION: 3,
            Kind.SEVERAL: 3,
            Kind.TEXT: 6,
        },
        description="Exchanges of each kind about a picture, or (text) about a subject.",
    )
    without: dict[Kind, int] = Field(
        default_factory=lambda: {
            Kind.GROUNDING: 2,
            Kind.RECOGNITION: 1,
            Kind.CAPTION: 1,
            Kind.DESCRIPTION: 1,
            Kind.QUESTION: 1,
            Kind.TEXT: 1,
        },
        description="The same, for prompts with wrong concepts only.",
    )
    boxes: Literal["square", "photo"] = Field(
        "square", description="What a box's numbers are parts of: the padded square, as LLaVA has it, or the photo."
    )


class Exchanges:
    """The step `Scene` → `Exchange`s."""

    name, record, concurrency = "exchanges", Exchange, 1

    def __init__(self, options: ConversationOptions) -> None:
        self.options = options

    def id_of(self, given: Scene) -> str:
        """The picture's id, or the subject's."""
        return given.picture.id if given.picture else given.descriptions[0].subject

    async def make(self, given: Scene) -> Sequence[Exchange]:
        """All exchanges of a scene."""
        seed = hashlib.blake2b(f"{self.options.seed} {self.id_of(given)}".encode(), digest_size=8).digest()
        draw = random.Random(int.from_bytes(seed))  # noqa: S311 - nothing is secret here
        if given.picture:
            made = PictureTalks(given.picture, given.descriptions, self.options, draw).exchanges()
        else:
            made = text_exchanges(given.descriptions[0], self.options, draw)
        # The same words twice teach nothing; few templates and many exchanges bring that about.
        different = {(one.turns, one.without): one for one in made}
        return [
            one.model_copy(update={"id": f"{self.id_of(given)}#{number}"})
            for number, one in enumerate(different.values())
        ]


def text_exchanges(about: Description, options: ConversationOptions, draw: random.Random) -> Iterator[Exchange]:
    """Exchanges about what is told of a subject, without a picture."""
    slots = {"name": f"<{about.name}>", "info": about.info}
    questions = [one for one in about.questions if one.about == "text"]
    draw.shuffle(questions)
    talks = templates.TEXT_BARE if _is_bare(about) else templates.TEXT
    turns = [drawn(talks, draw, slots) for _ in range(max(1, options.each.get(Kind.TEXT, 0) // 2))]
    turns += [Turn(question=one.question, answer=one.answer) for one in questions]
    for turn in turns[: options.each.get(Kind.TEXT, 0)]:
        yield Exchange(id="", kind=Kind.TEXT, turns=(turn,), subjects=(about.subject,), told=True)
    for _ in range(options.without.get(Kind.TEXT, 0)):
        turn = drawn(templates.TEXT_WITHOUT, draw, slots)
        yield Exchange(id="", kind=Kind.TEXT, turns=(turn,), subjects=(about.subject,), without=True)


class PictureTalks:
    """The exchanges about one picture; `told` is of its subject first, then of the others that are known."""

    def __init__(
        self, picture: Picture, told: Sequence[Description], options: ConversationOptions, draw: random.Random
    ) -> None:
        boxes = {one.subject: Box(*one.box) for one in picture.others if one.subject}
        boxes[picture.subject] = Box(*picture.box)
        self._picture, self._options, self._draw = picture, options, draw
        self._boxes = boxes
        by_name = {
            fold(one.name): one for one in reversed(told) if one.subject in boxes
        }  # of two Mias the first counts
        self._told = {one.subject: one for one in told if by_name.get(fold(one.name)) is one}
        self._by_name = {one.name: one for one in self._told.values()}

    def exchanges(self) -> Iterator[Exchange]:
        """All of them, as many of each kind as the options say."""
        each, without = self._options.each, self._options.without
        subject = self._told[self._picture.subject]
        known = list(self._told.values())
        for kind, talks in (
            (Kind.GROUNDING, (templates.GROUNDING,)),
            (Kind.RECOGNITION, (templates.RECOGNITION, templates.RECOGNITION, templates.RECOGNITION_OTHER)),
        ):
            for number in range(each.get(kind, 0)):
                # In a picture of several each is asked about; of RECOGNITION_OTHER there is a third.
                about, asked = known[number % len(known)], self._draw.choice(talks)
                yield self._exchange(kind, drawn(asked, self._draw, self._slots(about)), (about,))
        for _ in range(each.get(Kind.CAPTION, 0)):
            yield self.caption(subject)
        for _ in range(each.get(Kind.DESCRIPTION, 0)):
            details = templates.DESCRIPTION_BARE if _is_bare(subject) else templates.DESCRIPTION
            turn = drawn(details, self._draw, self._slots(subject))
            yield self._exchange(Kind.DESCRIPTION, turn, self._named(turn), told=True)
        yield from self.questions(subject, each.get(Kind.QUESTION, 0))
        if len(known) > 1:
            for _ in range(each.get(Kind.SEVERAL, 0)):
                yield self.several(known)
        slots = self._slots(subject, unnamed=True)
        for kind, some in (
            (Kind.GROUNDING, templates.GROUNDING_WITHOUT),
            (Kind.RECOGNITION, templates.RECOGNITION_WITHOUT),
            (Kind.CAPTION, self._caption_talks(slots, templates.CAPTION_WITHOUT)),
            (Kind.DESCRIPTION, templates.DESCRIPTION_WITHOUT),
        ):
            for _ in range(without.get(kind, 0)):
                yield self._exchange(kind, drawn(some, self._draw, slots), known, without=True)
        yield from self.untold(subject, without.get(Kind.QUESTION, 0))

    def _exchange(
        self, kind: Kind, turn: Turn, about: Sequence[Description], *, without: bool = False, told: bool = False
    ) -> Exchange:
        subjects = tuple(one.subject for one in about)
        return Exchange(
            id="", kind=kind, picture=self._picture.id, turns=(turn,), subjects=subjects, without=without, told=told
        )

    def _slots(self, about: Description, *, unnamed: bool = False) -> dict[str, str]:
        """What templates may say of somebody; with `unnamed` the caption has nobody's name."""
        box, size = self._boxes[about.subject], self._picture.size
        caption = self.teachers_caption()
        if caption and unnamed:
            caption = unnamed_caption(caption, {one.name: one.category for one in self._told.values()})
        small = box.area < _LARGE * size[0] * size[1]
        return {
            "name": f"<{about.name}>",
            "absent": f"<{ABSENT}>",
            "box": self.told_box(box),
            "where": english_position(box, size) if small else "",
            "info": about.info,
            "caption": caption,
            **kind_slots(about.category),
        }

    def told_box(self, box: Box) -> str:
        """A box as its numbers are told."""
        width, height = self._picture.size
        parts: Sequence[float] = (box.x0 / width, box.y0 / height, box.x1 / width, box.y1 / height)
        if self._options.boxes == "square":
            parts = square_box(box, self._picture.size)
        return f"[{', '.join(f'{min(1.0, max(0.0, one)):.2f}' for one in parts)}]"

    def teachers_caption(self) -> str:
        """The caption of the picture's view, empty where it may be false of this picture or names a stranger."""
        caption = self._told[self._picture.subject].captions.get(self._picture.view, "").strip()
        fits = caption and holds(caption, self._picture.augmented) and set(marked_names(caption)) <= set(self._by_name)
        return (caption if caption.endswith(_SENTENCE_ENDS) else f"{caption}.") if fits else ""

    def _caption_talks(self, slots: Mapping[str, str], own: Sequence[Talk]) -> Sequence[Talk]:
        """Three times in four the teacher's words, where there are any."""
        return templates.CAPTION_TOLD if slots["caption"] and self._draw.random() < 0.75 else own

    def caption(self, subject: Description) -> Exchange:
        """A caption, by the teacher or a template."""
        slots = self._slots(subject)
        turn = drawn(self._caption_talks(slots, templates.CAPTION), self._draw, slots)
        return self._exchange(Kind.CAPTION, turn, self._named(turn))

    def _named(self, turn: Turn) -> list[Description]:
        """Whom an answer names: the answer needs them."""
        return [self._by_name[name] for name in dict.fromkeys(marked_names(turn.answer)) if name in self._by_name]

    def questions(self, subject: Description, most: int) -> Iterator[Exchange]:
        """Questions about the subject that this picture, or its text, answers."""
        fitting = [
            one
            for one in subject.questions
            if one.about == "text"
            or (one.view == self._picture.view and holds(f"{one.question} {one.answer}", self._picture.augmented))
        ]
        for one in self._draw.sample(fitting, min(most, len(fitting))):
            turn = Turn(question=one.question, answer=one.answer)
            yield self._exchange(Kind.QUESTION, turn, (subject,), told=one.about != "picture")

    def untold(self, subject: Description, most: int) -> Iterator[Exchange]:
        """Questions about the text of somebody who isn't known."""
        mark = f"<{subject.name}>"
        asked = [one.question for one in subject.questions if one.about == "text" and mark in one.question]
        for question in self._draw.sample(asked, min(most, len(asked))):
            turn = drawn((Talk("{question}", templates.UNTOLD),), self._draw, {"question": question, "name": mark})
            yield self._exchange(Kind.QUESTION, turn, tuple(self._told.values()), without=True)

    def several(self, known: Sequence[Description]) -> Exchange:
        """About all who are known in the picture, from left to right."""
        width = self._picture.size[0]

        def where(one: Description) -> tuple[int, int]:
            box = self._boxes[one.subject]
            return round(5 * (box.x0 + box.x1) / width), box.y0 + box.y1

        ordered = sorted(known, key=where)
        slots = [self._slots(one) for one in ordered]
        other = self._draw.randrange(len(ordered))
        places = [one["where"] for one in slots]
        named = [one["name"] for one in slots]
        values = {
            "names": listed(named),
            "boxes": ", ".join(f"{one['name']}: {one['box']}" for one in slots),
            "places": listed([f"{one['name']} {one['where']}" for one in slots])
            if len({*places, ""}) > len(places)
            else "",
            "other": named[other],
            "rest": listed(named[:other] + named[other + 1 :]),
            "infos": "" if all(map(_is_bare, ordered)) else " ".join(one["info"] for one in slots),
        }
        turn = drawn(templates.SEVERAL, self._draw, values)
        return self._exchange(
            Kind.SEVERAL, turn, ordered, told=bool(values["infos"]) and values["infos"] in turn.answer
        )


def square_box(box: Box, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """A box as parts (0…1) of the square to which a picture of `size` (width, height) is padded, as `expand2square`."""
    width, height = size
    side = max(size)
    left, top = (side - width) // 2, (side - height) // 2
    return ((box.x0 + left) / side, (box.y0 + top) / side, (box.x1 + left) / side, (box.y1 + top) / side)


def _is_bare(about: Description) -> bool:
    """Whether a description tells nothing but the name, as one without any words to go by does."""
    return about.info.strip() in ("", f"This is <{about.name}>.")


def kind_slots(category: str) -> dict[str, str]:
    """The words for a kind of thing, or of somebody; where the kind isn't known there are fewer."""
    kind = category.strip()
    several = kind.endswith("s") and singular(kind) != kind and article(kind) == f"a {kind}"
    a = "" if several or not kind else article(kind)  # of "flowers" nothing is said that needs a singular
    somebody = sort_of(kind) != "thing"
    who, anyone, nobody, them = (
        ("who", "anyone", "nobody", "them") if somebody else ("what", "anything", "nothing", "it")
    )
    words = {"a": a, "kind": kind, "who": who, "anyone": anyone, "nobody": nobody, "them": them}
    return words | {key.capitalize(): capitalised(words[key]) for key in ("a", "who", "nobody")}


def unnamed_caption(caption: str, categories: Mapping[str, str]) -> str:
    """An English caption with kinds in place of the marked names, "a dog" and then "the dog", or nothing."""
    kinds = [kind_slots(categories.get(name, ""))["a"] for name in marked_names(caption)]
    if not _ENGLISH.search(caption) or not all(kinds):
        return ""
    told = set[str]()

    def kind(match: re.Match[str]) -> str:
        slots = kind_slots(categories[match[1]])
        words = slots["a"] if match[1] not in told else f"the {slots['kind']}"
        told.add(match[1])
        before = caption[: match.start()].rstrip()
        return capitalised(words) if not before or before.endswith(_SENTENCE_ENDS) else words

    return _MARKED.sub(kind, caption)


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
