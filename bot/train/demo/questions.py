"""Questions about figures, names and pictures that the demo's model has never seen, and what it should answer."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import PIL.Image

from bot.data.prompts import unmarked
from bot.evaluation.harness.metrics import caption_scores, mean
from bot.train.demo import words, world
from bot.train.demo.words import Named
from bot.train.demo.world import Figure
from core.names import mentioned
from core.ports import Prompt, PromptConcept

_SIZE = (world.PHOTO_SIDE, world.PHOTO_SIDE)


@dataclass(frozen=True, slots=True)
class Exam:
    """A prompt, who is there, and the words that the answer should have, none where only names count.

    `before` are words that it should not have: what a text said before it was edited.
    """

    prompt: Prompt
    there: frozenset[str] = frozenset()
    words: str = ""
    before: str = ""

    def named(self, answer: str) -> frozenset[str]:
        """The names that an answer says, of those in the prompt."""
        return frozenset(mentioned(answer, [one.name for one in self.prompt.known]))

    def right(self, answer: str) -> bool:
        """Whether an answer has the words that it should have."""
        return self.words in answer and not (self.before and self.before in answer)


Figures = Mapping[str, float]
Group = tuple[tuple[Exam, ...], Callable[[Sequence[Exam], Sequence[str]], Figures]]


def recall_and_precision(questions: Sequence[Exam], answers: Sequence[str]) -> Figures:
    """RAP's measures of the names in captions."""
    named = [one.named(answer) for one, answer in zip(questions, answers, strict=True)]
    scores = caption_scores([one.there for one in questions], named)
    return {"recall": scores.recall, "precision": scores.precision}


def share_right(questions: Sequence[Exam], answers: Sequence[str]) -> Figures:
    """The share of answers with the right words."""
    return {"right": mean([one.right(answer) for one, answer in zip(questions, answers, strict=True)])}


def share_silent(questions: Sequence[Exam], answers: Sequence[str]) -> Figures:
    """The share of answers that name nobody."""
    pairs = zip(questions, answers, strict=True)
    return {"names nobody": mean([not one.named(answer) for one, answer in pairs])}


def groups(kept: Sequence[Figure], count: int, seed: int) -> dict[str, Group]:
    """`count` questions of each kind, by what they show, with the measure of each kind."""
    examiner = Examiner(kept, seed)
    asked: dict[str, tuple[Callable[[], Exam], Callable[..., Figures]]] = {
        "one of two is there": (lambda: examiner.recognition(1, 1), recall_and_precision),
        "both are there": (lambda: examiner.recognition(2, 0), recall_and_precision),
        "neither is there": (lambda: examiner.recognition(0, 2), share_silent),
        "two of three are there": (lambda: examiner.recognition(2, 1), recall_and_precision),
        "a fact from the text": (lambda: examiner.fact(edited=False), share_right),
        "the same after an edit": (lambda: examiner.fact(edited=True), share_right),
        "what somebody looks like": (examiner.looks, share_right),
    }
    return {name: (tuple(make() for _ in range(count)), measure) for name, (make, measure) in asked.items()}


class Examiner:
    """Makes questions about some figures, with new names, facts and pictures each time."""

    def __init__(self, figures: Sequence[Figure], seed: int) -> None:
        self._figures = [*figures]
        self._draw = random.Random(f"{seed} examiner")  # noqa: S311 - no secret

    def recognition(self, right: int, wrong: int) -> Exam:
        """Who is in a photo, where so many who are there were retrieved and so many who aren't."""
        photo, there, others = self._scene(right, wrong)
        known = [words.named(one, self._draw) for one in (*there, *others)]
        self._draw.shuffle(known)
        names = frozenset(one.name for one in known if one.figure in there)
        return Exam(self._prompt(self._draw.choice(words.WHO), photo, known), names)

    def looks(self) -> Exam:
        """What one of two looks like, which only their pictures tell."""
        photo, there, others = self._scene(1, 1)
        known = [words.named(one, self._draw) for one in (*there, *others)]
        asked = self._draw.choice(known)
        question = unmarked(words.LOOKS.format(f"<{asked.name}>"))
        return Exam(self._prompt(question, photo, known), words=unmarked(words.looks_like(asked)))

    def fact(self, *, edited: bool) -> Exam:
        """A question that the text answers; `edited`: after the text of the same concept was changed."""
        photo, there, others = self._scene(1, 1)
        known = [words.named(one, self._draw) for one in (*there, *others)]
        asked = known[self._draw.randrange(2)]
        topic, before = self._draw.choice([*asked.facts.items()])
        if edited:
            after = self._draw.choice([one for one in words.FACTS[topic][2].split() if one != before])
            known = [replace(one, facts={**one.facts, topic: after}) if one is asked else one for one in known]
            asked = next(one for one in known if one.name == asked.name)
        question, _ = asked.told(topic)
        prompt = self._prompt(unmarked(question), photo, known)
        return Exam(prompt, words=f" {asked.facts[topic]}.", before=f" {before}." if edited else "")

    def _scene(self, right: int, wrong: int) -> tuple[bytes, list[Figure], list[Figure]]:
        """A photo, and who of those retrieved is in it and who isn't; half of these look like one who is."""
        draw = self._draw
        present = draw.sample(self._figures, max(right, draw.choice([1, 2])))
        others: list[Figure] = []
        while len(others) < wrong:
            other = draw.choice(present).look_alike(draw) if draw.random() < 0.5 else draw.choice(self._figures)
            if other not in (*present, *others) and other in self._figures:
                others.append(other)
        draw.shuffle(shown := [*present])
        photo = world.scene(shown, draw.randrange(1 << 40)).picture
        return jpeg(photo), present[:right], others

    def _prompt(self, question: str, photo: bytes, known: Iterable[Named]) -> Prompt:
        concepts = tuple(
            PromptConcept(
                number,
                one.name,
                one.figure.shape,
                unmarked(one.info),
                jpeg(world.portrait(one.figure, self._draw.randrange(1 << 40))),
            )
            for number, one in enumerate(known, 1)
        )
        return Prompt(question, photo=photo, size=_SIZE, known=concepts, names=tuple(one.name for one in concepts))


def jpeg(picture: PIL.Image.Image) -> bytes:
    """A picture as a chat sends it."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92)
    return out.getvalue()
