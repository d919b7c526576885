"""What a conversation is about when a message comes: with the text, all that understanding needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Asked(StrEnum):
    """What the bot asked last."""

    NOTHING = "nothing"
    IS_IT = "is_it"  # "might be bo. Is it?"
    WHO = "who"  # "I see a dog I don't know. Who is it?"
    NAME = "name"  # "What shall I call it?"
    WHICH = "which"  # which one of several?
    SURE = "sure"  # "Are you sure?"


@dataclass(frozen=True, slots=True)
class Topic:
    """What is known, shown and asked.

    `known` are all names of the chat; `shows` is whether a photo is under discussion, `seen` whom the last answer
    named in it; `asked` is what the bot asked last, and of `Asked.IS_IT` `about` is the name that it asked about.
    `focus` is the name that was spoken of last: what "she" may mean.
    """

    known: tuple[str, ...] = ()
    shows: bool = False
    seen: tuple[str, ...] = ()
    asked: Asked = Asked.NOTHING
    about: str = ""
    focus: str = ""
