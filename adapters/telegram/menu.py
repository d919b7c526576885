"""The list of commands that Telegram offers when somebody types a slash: in private, in groups, to admins."""

from __future__ import annotations

import asyncio

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from telegram.error import TelegramError

from core.commands.registry import USAGES
from core.i18n.translator import Translator, Translators

_log = structlog.get_logger(__name__)
_FOR_ADMINS = frozenset({"export", "import", "forgetall", "settings"})  # of no use to others in a group
_LONGEST = 256


async def offer_commands(bot: Bot, translators: Translators) -> None:
    """Set the commands of each scope in each language. What Telegram refuses is only noted."""
    everyone = [usage.word for usage in USAGES]
    members = [word for word in everyone if word not in _FOR_ADMINS]
    scopes: list[tuple[BotCommandScope, list[str]]] = [
        (BotCommandScopeDefault(), members),
        (BotCommandScopeAllPrivateChats(), everyone),
        (BotCommandScopeAllGroupChats(), members),
        (BotCommandScopeAllChatAdministrators(), everyone),
    ]
    calls = [
        bot.set_my_commands(_commands(words, translator), scope, language_code=_code(translator))
        for scope, words in scopes
        for translator in translators.by_language.values()
    ]
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(outcome, TelegramError):
            _log.warning("telegram.commands_not_set", error=type(outcome).__name__)
        elif isinstance(outcome, BaseException):
            raise outcome


def _commands(words: list[str], translator: Translator) -> list[BotCommand]:
    said = {
        usage.word: f"{translator.gettext(usage.arguments)}: {translator.gettext(usage.purpose)}"
        if usage.arguments
        else translator.gettext(usage.purpose)
        for usage in USAGES
    }
    return [BotCommand(word, said[word][:_LONGEST]) for word in words]


def _code(translator: Translator) -> str | None:
    """English is for everyone whose language has no list of its own."""
    return None if translator.language == "en" else translator.language
