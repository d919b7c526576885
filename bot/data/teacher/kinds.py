"""Whether a category is a person, an animal or a thing, in plain English words."""

from __future__ import annotations

from typing import Literal

from core.language.everyday_words import KIND_OF_WORD
from core.language.nouns import ANIMALS, KINDS
from core.names import fold

SortOf = Literal["person", "animal", "thing"]

_PEOPLE = """
    person man woman boy girl child kid baby toddler guy lady gentleman teenager player skier surfer skateboarder
    snowboarder batter catcher pitcher umpire rider driver waiter waitress chef cook bride groom dad mom father
    mother grandmother grandfather officer worker student teacher doctor nurse singer actor actress dude male female
"""
_ANIMALS = """
    animal pet puppy kitten pup kitty rabbit bunny hamster mouse rat gerbil ferret hedgehog squirrel fox
    wolf lion tiger leopard panda monkey gorilla chimpanzee deer goat pig lamb calf bull pony donkey camel llama
    alpaca kangaroo koala otter seal whale dolphin shark fish goldfish turtle tortoise snake lizard gecko iguana frog
    toad parrot parakeet budgie cockatiel canary owl eagle hawk duck goose swan chicken hen rooster turkey pigeon
    penguin flamingo peacock crocodile alligator rhinoceros hippopotamus insect butterfly bee spider crab
"""
_LIKENESSES = frozenset(
    {"stuffed", "plush", "plushie", "toy", "doll", "teddy", "statue", "statuette", "figurine", "figure", "sculpture"}
)
_ONLY_BY_NAME = (" hot dog", " computer mouse", " baseball bat")
PERSON_NOUNS = frozenset(_PEOPLE.split())
ANIMAL_NOUNS = ANIMALS | frozenset(_ANIMALS.split())


def sort_of(category: str) -> SortOf | None:
    """What sort a category is of: its last word decides ("hunting dog"), but for likenesses; None without one."""
    word = fold(category)
    if not word:
        return None
    if _LIKENESSES & {*word.split()} or f" {word}".endswith(_ONLY_BY_NAME):
        return "thing"
    for tried in (word, word.split()[-1]):
        kind = KIND_OF_WORD.get(tried, tried)
        if kind in PERSON_NOUNS:
            return "person"
        if kind in ANIMAL_NOUNS or kind in {"animal", "pet"}:
            return "animal"
    return "thing"


def is_kind(word: str) -> bool:
    """Whether a word is what things are called, so that it can't tell one of them from the others."""
    folded = fold(word)
    return folded in KIND_OF_WORD or folded in KINDS or folded in PERSON_NOUNS or folded in ANIMAL_NOUNS
