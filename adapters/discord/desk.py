"""What the menus and buttons hand on, and to whom: so that they need not know who answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import discord

from core.i18n.translator import Translator

Interaction = discord.Interaction[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person has said by way of a menu: the text it stands for, and what came with it.

    `about` is the id of the message whose menu it was.
    """

    text: str
    photos: tuple[discord.Attachment, ...] = ()
    files: tuple[discord.Attachment, ...] = ()
    about: int | None = None


class Desk(Protocol):
    """Where all that people do on Discord arrives."""

    async def heard(self, message: discord.Message, me: discord.abc.User) -> None:
        """Somebody wrote a message that the bot, which is `me`, can see."""
        ...

    async def asked(self, interaction: Interaction, asked: Asked) -> None:
        """Somebody used a command or a menu."""
        ...

    async def pressed(self, interaction: Interaction, value: str) -> None:
        """Somebody pressed a button under a reply."""
        ...

    async def turned(self, interaction: Interaction, command: str, page: int) -> None:
        """Somebody turned to a page of the gallery that the command brings up."""
        ...

    async def refused(self, interaction: Interaction, sentence: str) -> None:
        """Say a sentence (in English, to be said in the person's language) to that person alone."""
        ...

    async def suggest(self, interaction: Interaction, typed: str) -> tuple[str, ...]:
        """Names that what somebody types may become."""
        ...

    async def translator(self, interaction: Interaction) -> Translator:
        """The language to speak to that person in."""
        ...

    async def removed(self, guild: discord.Guild) -> None:
        """The bot was removed from a server."""
        ...

    async def deleted(self, channel: discord.abc.GuildChannel) -> None:
        """A channel is no more."""
        ...

    async def added(self, guild: discord.Guild) -> None:
        """The bot was added to a server, for the first time or again."""
        ...


def desk_of(interaction: Interaction) -> Desk:
    """The desk of the bot that somebody is using."""
    desk: Desk = interaction.client.desk
    return desk
