"""Our text as Telegram takes it: in parts that end with a sentence, with entities, with rows of buttons.

Telegram counts in UTF-16 code units: an emoji is two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from core.messages import Button, Reply
from core.platforms.split_message import split_message

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
_MOST_ENTITIES = 100
_MENTION = re.compile(r"(?<!\w)@(?=\w)(?!BotFather\b)")
_ROW = 34  # letters that fit beside each other on a phone
_MOST_IN_A_ROW = 8


def units(text: str) -> int:
    """How long Telegram thinks the text is."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def uncalled(text: str) -> str:
    """The text with a word joiner behind each @, so that nobody whom people's words name is called by the bot."""
    return _MENTION.sub("@\u2060", text)


def split_for_telegram(text: str, longest: int = LONGEST_TEXT) -> list[str]:
    """The text in parts of at most `longest` units, split as `split_message` does."""
    return split_message(text, longest, units)


def bold(text: str, reply: Reply) -> list[MessageEntity]:
    """Entities that make the names which the reply is about stand out in (a part of) its text."""
    names = {card.title for card in reply.cards} | {one.match.name for one in reply.sightings if one.match}
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    if not longest_first:
        return []
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    spans = [found.span() for found in pattern.finditer(text)][:_MOST_ENTITIES]
    return [MessageEntity(MessageEntity.BOLD, units(text[:start]), units(text[start:end])) for start, end in spans]


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """The buttons in rows that a phone can show; a button's value travels with it."""
    rows: list[list[InlineKeyboardButton]] = []
    room = 0
    for button in buttons:
        needed = len(button.label) + 2
        if not rows or needed > room or len(rows[-1]) == _MOST_IN_A_ROW:
            rows.append([])
            room = _ROW
        rows[-1].append(InlineKeyboardButton(button.label, callback_data=button.value))
        room -= needed
    return InlineKeyboardMarkup(rows) if rows else None
