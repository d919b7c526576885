"""Sentences that every adapter says for itself, and the language to say them in."""

from __future__ import annotations

from typing import Protocol

from core.errors import RapportError
from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import ENGLISH, Translator
from core.messages import Card, Message

BROKEN = gettext_noop("Something went wrong on my side. Please try again.")
SENT_IN_PRIVATE = gettext_noop("I've sent that to you alone.")


def numbered(card: Card) -> str:
    """A card's line, behind the number by which commands know its photo."""
    return f"{card.number}: {card.text}" if card.number else card.text


class SpeaksLanguages(Protocol):
    """The assistant, as far as it knows languages."""

    async def translator(self, message: Message) -> Translator:
        """The language in which the message's chat is spoken to. Raises `RapportError`."""
        ...


async def translator_for(assistant: SpeaksLanguages, message: Message) -> Translator:
    """The language of the message's chat; English while the store can't tell it."""
    try:
        return await assistant.translator(message)
    except RapportError:
        return ENGLISH
