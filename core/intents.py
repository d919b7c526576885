"""What a message asks for: understanding makes these values, the assistant carries them out, generators get them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Intent(StrEnum):
    """What somebody wants with a message that is no command."""

    REMEMBER = "remember"  # "this is Rosie"
    FORGET = "forget"
    RENAME = "rename"
    DESCRIBE = "describe"  # "Luna is afraid of thunder"
    UNTELL = "untell"  # "forget that Luna is afraid of thunder"
    SHOW = "show"
    LIST = "list"  # "who do you know?"
    WHO = "who"  # "who is this?", of a photo
    PRESENT = "present"  # "is bo here?"
    WHERE = "where"
    COUNT = "count"
    ABOUT = "about"  # "who is bo?"
    YES = "yes"
    NO = "no"
    NO_IS = "no_is"  # "no, that's Max"
    MERGE = "merge"
    OPT_OUT = "opt_out"  # "don't recognise me"
    OPT_IN = "opt_in"  # "you may recognise me again"
    UNDO = "undo"
    LAST_SEEN = "last_seen"
    GREET = "greet"
    THANKS = "thanks"
    HELP = "help"
    BEYOND = "beyond"  # a question about a photo or a name that takes a model that sees
    NONE = "none"  # talk: nothing is asked for


@dataclass(frozen=True, slots=True)
class Selector:
    """Which one of those in a photo is meant: "the dog on the right", "number 2", "the other one".

    `side` is "left", "middle", "right", "top" or "bottom"; `kind` is in English and singular, as detectors say it;
    `number` counts from 1, as the regions are numbered in a picture. What isn't said is empty.
    """

    side: str = ""
    kind: str = ""
    number: int | None = None
    other: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text asks for.

    `names` are whom it is about, as the chat writes those that it knows; of COUNT the kind of thing, in English and
    singular where it is one of the catalogues. RENAME and MERGE have two names, the old one or the one that stays
    first. `text` is what DESCRIBE and UNTELL say of it. `which` tells one of several in a photo. What is `unsure` is a
    guess to be asked about, never carried out unasked.
    """

    intent: Intent
    names: tuple[str, ...] = ()
    text: str = ""
    which: Selector | None = None
    unsure: bool = False
