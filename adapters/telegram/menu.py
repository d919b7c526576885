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

from core.assistant.commands import COMMANDS
from core.i18n.translator import Translators

_log = structlog.get_logger(__name__)
_FOR_ADMINS = frozenset({"export", "import", "forgetall", "settings"})  # of no use to others in a group
_LONGEST = 256


async def offer_commands(bot: Bot, translators: Translators) -> None:
    """Set the commands of each scope in each language. What Telegram refuses is only noted."""
    everyone = [command.name for command in COMMANDS.listed]
    members = [word for word in everyone if word not in _FOR_ADMINS]
    scopes: list[tuple[BotCommandScope, list[str]]] = [
        (BotCommandScopeDefault(), members),
        (BotCommandScopeAllPrivateChats(), everyone),
        (BotCommandScopeAllGroupChats(), members),
        (BotCommandScopeAllChatAdministrators(), everyone),
    ]
    calls = []
    for translator in translators.by_language.values():
        commands = dict[str, BotCommand]()
        for command in COMMANDS.listed:
            described = [translator.gettext(one) for one in (command.arguments, command.purpose) if one]
            commands[command.name] = BotCommand(command.name, ": ".join(described)[:_LONGEST])
        # English is for everyone whose language has no list of its own.
        code = None if translator.language == "en" else translator.language
        calls += [
            bot.set_my_commands([commands[word] for word in words], scope, language_code=code)
            for scope, words in scopes
        ]
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(outcome, TelegramError):
            _log.warning("telegram.commands_not_set", error=type(outcome).__name__)
        elif isinstance(outcome, BaseException):
            raise outcome
