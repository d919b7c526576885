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
from core.i18n.translator import Voice, Voices

_log = structlog.get_logger(__name__)
_FOR_ADMINS = frozenset({"export", "import", "forgetall", "settings"})  # of no use to others in a group
_LONGEST = 256


async def offer_commands(bot: Bot, voices: Voices) -> None:
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
        bot.set_my_commands(_commands(words, voice), scope, language_code=_code(voice))
        for scope, words in scopes
        for voice in voices.by_language.values()
    ]
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(outcome, TelegramError):
            _log.warning("telegram.commands_not_set", error=type(outcome).__name__)
        elif isinstance(outcome, BaseException):
            raise outcome


def _commands(words: list[str], voice: Voice) -> list[BotCommand]:
    said = {
        usage.word: f"{voice.say(usage.arguments)}: {voice.say(usage.purpose)}"
        if usage.arguments
        else voice.say(usage.purpose)
        for usage in USAGES
    }
    return [BotCommand(word, said[word][:_LONGEST]) for word in words]


def _code(voice: Voice) -> str | None:
    """English is for everyone whose language has no list of its own."""
    return None if voice.language == "en" else voice.language
