"""Sentences that every adapter says for itself, and the language to say them in."""

from __future__ import annotations

from typing import Protocol

import structlog

from core.errors import RapportError, StoreError, UserError, traced
from core.i18n.lazy_strings import LazyString, gettext_noop
from core.i18n.translator import ENGLISH, Translator
from core.messages import Card, Message

_log = structlog.get_logger(__name__)
BROKEN = gettext_noop("Something went wrong on my side. Please try again.")
SENT_IN_PRIVATE = gettext_noop("I've sent that to you alone.")


def numbered(card: Card) -> str:
    """A card's line, behind the number by which commands know its photo."""
    return card.line if card.number else card.text


def sentence_about(error: Exception, event: str) -> str | LazyString:
    """What a chat hears of whatever went wrong.

    What nobody has foreseen goes to the log as `event`, by kind and place. Of its own failing the store tells the host
    itself, once and not with each message.
    """
    if isinstance(error, UserError):
        return error.message
    if isinstance(error, StoreError):
        return error.for_chat
    _log.error(event, error=traced(error))
    return BROKEN


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


async def told(assistant: SpeaksLanguages, message: Message, error: Exception, event: str) -> str:
    """`sentence_about`, in the language of the message's chat."""
    return (await translator_for(assistant, message)).gettext(sentence_about(error, event))
