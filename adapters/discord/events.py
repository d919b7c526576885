"""What the menus and buttons hand on, and to whom: so that they need not know who answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import discord
from discord import app_commands

from core.i18n.translator import Translator

Interaction = discord.Interaction[Any]
Tree = app_commands.CommandTree[discord.AutoShardedClient]


@dataclass(frozen=True, slots=True)
class MenuInput:
    """What a person has said by way of a command or a menu: the text it stands for, and what came with it.

    `attachments` are what was given as photos, `archives` what was given as a file to import. `about` is the id of
    the message whose menu it was, `reply_to` that of what the bot's message with the menu is about.
    """

    text: str
    attachments: tuple[discord.Attachment, ...] = ()
    archives: tuple[discord.Attachment, ...] = ()
    about: int | None = None
    reply_to: str | None = None


def command_text(word: str, *arguments: str | None) -> str:
    """The command as text. A bar is what parts its arguments, so one inside them becomes another."""
    given = [(one or "").replace("|", "¦") for one in arguments]
    while given and not given[-1]:
        given.pop()
    return f"/{word} {' | '.join(given)}".rstrip()


class EventHandler(Protocol):
    """Takes all that people do on Discord."""

    async def on_message(self, message: discord.Message, me: discord.abc.User) -> None:
        """Somebody wrote a message that the bot, which is `me`, can see."""
        ...

    async def on_missed(self, message: discord.Message, me: discord.abc.User) -> None:
        """Somebody wrote it while nobody was connected."""
        ...

    async def on_start(self, client: discord.Client, me: discord.abc.User) -> None:
        """The bot has logged in as `me`; nothing has come yet."""
        ...

    async def on_edit(self, message: discord.Message, me: discord.abc.User) -> None:
        """A message has become this one."""
        ...

    async def on_menu(self, interaction: Interaction, given: MenuInput) -> None:
        """Somebody used a command or a menu."""
        ...

    async def on_press(self, interaction: Interaction, value: str) -> None:
        """Somebody pressed a button under a reply."""
        ...

    async def on_page(self, interaction: Interaction, command: str, page: int) -> None:
        """Somebody turned to a page of the gallery that the command brings up."""
        ...

    async def refuse(self, interaction: Interaction, sentence: str) -> None:
        """Say a sentence (in English, to be said in the person's language) to that person alone."""
        ...

    async def suggest(self, interaction: Interaction, typed: str) -> tuple[str, ...]:
        """Names that what somebody types may become."""
        ...

    async def translator(self, interaction: Interaction) -> Translator:
        """The language to speak to that person in."""
        ...

    async def on_guild_left(self, guild: discord.Guild) -> None:
        """The bot was removed from a server."""
        ...

    async def on_guild_joined(self, guild: discord.Guild) -> None:
        """The bot was added to a server, for the first time or again."""
        ...

    async def on_channel_deleted(self, channel: discord.abc.GuildChannel) -> None:
        """A channel is no more."""
        ...


def handler_of(interaction: Interaction) -> EventHandler:
    """Who answers for the bot that somebody is using."""
    handler: EventHandler = interaction.client.handler
    return handler
