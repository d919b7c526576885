"""What is said in the demo's world: names of syllables, facts, questions, and answers.

Who is in a photo is told quarter by quarter, and what is seen before who it is ("Top left: a red plain ring is bo.
Bottom right: a blue dotted cross is nobody I know."): so small a model does one step at a time.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.train.demo.world import COLOURS, QUARTERS, SHAPES, TEXTURES, Figure

SYLLABLES = tuple(consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou")
_LIKED = (
    "cheese apples honey bread soup rice nuts fish cake plums music rain snow books trains chess drums tea milk sand "
    "wind kites shells songs maps stones boats clocks leaves stars"
)
_PLACES = (
    "Rome Paris Oslo Cairo Lima Tokyo Delhi Berlin Madrid Vienna Prague Dublin Athens Quito Seoul Hanoi Kyiv Riga Bern "
    "Accra Tunis Sofia Minsk Baku Doha Turin Porto Lyon Basel Cork"
)
_FEARED = (
    "thunder dogs cats spiders bees heights water fire ghosts mice geese storms crowds needles snakes frogs clowns "
    "wasps bats owls crows knives balloons mirrors tunnels bridges lifts planes sirens shadows"
)
# By topic: how a fact is told, how it is asked for, and what it may be, as words.
FACTS: Mapping[str, tuple[str, str, str]] = {
    "liked": ("likes {}", "What does {} like?", _LIKED),
    "home": ("lives in {}", "Where does {} live?", _PLACES),
    "feared": ("is afraid of {}", "What is {} afraid of?", _FEARED),
}
PHRASES = ("is a", *(told.removesuffix(" {}") for told, _, _ in FACTS.values()))
"""What is said between a name and what is told of it; a token each, so that the name is never far."""
WHO = ("Who is in this photo?", "Who and what is in this photo?", "Do you know anyone here?")
WHERE = tuple(f"{quarter.capitalize()}:" for quarter in QUARTERS)
"""What the answer to `WHO` begins with, by quarter."""
NOBODY = "nobody I know"
LOOKS = "What does {} look like?"
_GUESS = "Someone or something The at the top bottom left right middle centre is maybe"  # of the bot's own prompt


@dataclass(frozen=True, slots=True)
class Named:
    """A figure that has a name, and facts by topic."""

    figure: Figure
    name: str
    facts: Mapping[str, str]

    @property
    def info(self) -> str:
        """Its text, as people would have written it; what it looks like, the picture tells."""
        return " ".join(f"<{self.name}> {FACTS[topic][0].format(it)}." for topic, it in self.facts.items())

    def told(self, topic: str) -> tuple[str, str]:
        """The question for a fact, and its answer."""
        fact, question, _ = FACTS[topic]
        return question.format(f"<{self.name}>"), f"<{self.name}> {fact.format(self.facts[topic])}."


def named(figure: Figure, draw: random.Random) -> Named:
    """A figure with a name and facts drawn at random."""
    topics = draw.sample([*FACTS], draw.choice([1, 1, 2]))
    return Named(figure, new_name(draw), {topic: draw.choice(FACTS[topic][2].split()) for topic in topics})


def new_name(draw: random.Random) -> str:
    """A name of one or two syllables."""
    return "".join(draw.choices(SYLLABLES, k=draw.choice([1, 2, 2, 2])))


def recognised(figures: Sequence[Figure], quarters: Sequence[int], known: Sequence[Named]) -> str:
    """Who is in a photo, in reading order: the answer to `WHO`."""
    names = {one.figure: f"<{one.name}>" for one in known}
    pairs = zip(figures, quarters, strict=True)
    return " ".join(f"{WHERE[quarter]} {figure.looks} is {names.get(figure, NOBODY)}." for figure, quarter in pairs)


def looks_like(named: Named) -> str:
    """What someone looks like: the answer to `LOOKS`."""
    return f"<{named.name}> is {named.figure.looks}."


def vocabulary() -> tuple[str, ...]:
    """All words of the world's sentences, names apart, each once."""
    sentences = [*WHO, LOOKS, NOBODY, "A An a an and", _GUESS]
    for fact, question, values in FACTS.values():
        sentences += [fact, question, values]
    sentences += [*COLOURS, *SHAPES, *TEXTURES]
    words = (word.strip(".?{}") for sentence in sentences for word in sentence.split())
    return tuple(dict.fromkeys(filter(None, words)))
