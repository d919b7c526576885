"""What a host asks of Discord beside running the bot: to register its commands, and whose token it is.

Commands are registered once after each update of the bot, not at each start.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import discord
from discord import app_commands

from adapters.discord.client import RapportClient, intent_not_granted, platform_error
from core.errors import PlatformError
from core.i18n.translator import Translators

_NOT_REGISTERED = "No commands are registered with Discord yet: run python -m bot discord sync."


class Translations(app_commands.Translator):
    """Descriptions and menus in every language that the bot speaks; the commands' words stay as they are."""

    def __init__(self, translators: Translators) -> None:
        self._translators = translators

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 - discord.py's signature
    ) -> str | None:
        """The string in that language; None where it isn't translated."""
        translator = self._translators.of(str(locale))
        translated = translator.gettext(string.message)
        return translated if translated != string.message else None


async def sync(client: RapportClient, token: str, translators: Translators, guild_id: int | None = None) -> int:
    """Register every command everywhere, or on one server alone; returns how many.

    Raises `PlatformError` with what the host can do.
    """
    guild = discord.Object(guild_id) if guild_id else None
    async with _logged_in(client, token):
        return await register(client, translators, guild)


async def introduce(client: RapportClient, token: str) -> str:
    """Ask Discord whose token it is; returns a sentence for the host.

    Raises `PlatformError` with what the host can do.
    """
    async with _logged_in(client, token):
        return await introduction(client)


@asynccontextmanager
async def _logged_in(client: RapportClient, token: str) -> AsyncIterator[None]:
    """A client that can make requests and isn't connected. What fails inside is told as a `PlatformError`."""
    try:
        async with client:
            await client.login(token)
            yield
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise platform_error(error) from error


async def register(client: RapportClient, translators: Translators, guild: discord.Object | None = None) -> int:
    """The same for a client that is logged in. Raises `discord.HTTPException`."""
    await client.tree.set_translator(Translations(translators))
    if guild is not None:
        client.tree.copy_global_to(guild=guild)
    return len(await client.tree.sync(guild=guild))


async def introduction(client: RapportClient) -> str:
    """The same for a client that is logged in. Raises `PlatformError` and `discord.HTTPException`."""
    granted, wanted = client.application_flags, client.intents.message_content
    if wanted and not (granted.gateway_message_content or granted.gateway_message_content_limited):
        raise intent_not_granted()
    count = len(await client.tree.fetch_commands())
    if not count:
        raise PlatformError(_NOT_REGISTERED, permanent=True)
    intent = "on" if wanted else "off"
    return f"the token is {client.user}'s; {count} commands are registered; discord.message_content is {intent}."
