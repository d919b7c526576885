"""What is said in the demo's world: names of syllables, facts, questions, and answers that begin with what is seen.

So small a model can't compare two pictures in one step. Saying first what it sees ("A red circle with white stripes
is bo."), it compares words with a reference, as people think aloud.
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.train.demo.world import COLOURS, INKS, SHAPES, TEXTURES, Figure

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
WHO = ("Who is in this photo?", "Who and what is in this photo?", "Do you know anyone here?")
WHAT = ("What is in this photo?", "Describe this photo.")
IS_IN = "Is {} in this photo?"
LOOKS = "What does {} look like?"
TELL = "Tell me about {}."
NOBODY = "I know nobody here."
_GUESS = "Someone or something The at the top bottom left right middle centre is maybe"  # of the bot's own prompt
_BRIEF = 0.3  # of the texts
NEW = "new"  # what is said of a figure that isn't known


@dataclass(frozen=True, slots=True)
class Named:
    """A figure that has a name, and facts by topic.

    `shown` is whether its text says what it looks like, `brief` whether its text is a list, as `/remember` makes one.
    """

    figure: Figure
    name: str
    facts: Mapping[str, str]
    shown: bool
    brief: bool = False

    @property
    def info(self) -> str:
        """Its text, as people would have written it."""
        told = [FACTS[topic][0].format(it) for topic, it in self.facts.items()]
        if self.brief:
            return "; ".join([self.figure.looks, *told] if self.shown else told)
        looks = f"<{self.name}> is {self.figure.looks}. " if self.shown else ""
        return f"{looks}<{self.name}> {' and '.join(told)}."

    def told(self, topic: str) -> tuple[str, str]:
        """The question for a fact, and its answer."""
        fact, question, _ = FACTS[topic]
        return question.format(f"<{self.name}>"), f"<{self.name}> {fact.format(self.facts[topic])}."


def named(figure: Figure, draw: random.Random, *, shown: float) -> Named:
    """A figure with a name and facts drawn at random; `shown` is how probably its text says what it looks like."""
    topics = draw.sample([*FACTS], draw.choice([1, 2]))
    facts = {topic: draw.choice(FACTS[topic][2].split()) for topic in topics}
    return Named(figure, new_name(draw), facts, draw.random() < shown, draw.random() < _BRIEF)


def new_name(draw: random.Random) -> str:
    """A name of syllables, now and then of any letters."""
    if draw.random() < 0.15:
        return "".join(draw.choices(string.ascii_lowercase, k=draw.randint(2, 3)))
    return "".join(draw.choices(SYLLABLES, k=draw.choice([1, 2, 2])))


def seen(figures: Sequence[Figure]) -> str:
    """What is in a photo, from left to right: the answer to `WHAT`."""
    return " ".join(f"{_capital(one.looks)}." for one in figures)


def recognised(figures: Sequence[Figure], known: Sequence[Named]) -> str:
    """Who is in a photo, from left to right: the answer to `WHO`."""
    names = {one.figure: f"<{one.name}>" for one in known}
    sentences = [f"{_capital(one.looks)} is {names.get(one, NEW)}." for one in figures]
    return " ".join(sentences if any(one in names for one in figures) else [*sentences, NOBODY])


def is_in(named: Named, figures: Sequence[Figure]) -> str:
    """Whether someone is in a photo: the answer to `IS_IN`."""
    return f"{looks_like(named)} {'Yes' if named.figure in figures else 'No'}."


def looks_like(named: Named) -> str:
    """What someone looks like: the answer to `LOOKS`."""
    return f"<{named.name}> is {named.figure.looks}."


def vocabulary() -> tuple[str, ...]:
    """All words of the world's sentences, names apart, each once."""
    sentences = [*WHO, *WHAT, IS_IN, LOOKS, TELL, NOBODY, NEW, "A An a an with Yes No", _GUESS]
    for fact, question, values in FACTS.values():
        sentences += [fact, question, values]
    sentences += [*COLOURS, *INKS, *SHAPES, *TEXTURES]
    words = (word.strip(".?{}") for sentence in sentences for word in sentence.split())
    return tuple(dict.fromkeys(filter(None, words)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
