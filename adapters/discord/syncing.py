"""Tells Discord which commands there are: once after each update of the bot, not at each start."""

from __future__ import annotations

import aiohttp
import discord
from discord import app_commands

from adapters.discord.client import RapportClient
from core.errors import PlatformError
from core.voices import Voices

NOT_LET_IN = (
    "Discord doesn't know the bot's token (discord.token). Make a new one at "
    "https://discord.com/developers/applications: your application, Bot, Reset Token."
)


class Translations(app_commands.Translator):
    """Descriptions and menus in every language that the bot speaks; the commands' words stay as they are."""

    def __init__(self, voices: Voices) -> None:
        self._voices = voices

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 - discord.py's signature
    ) -> str | None:
        """The string in that language; None where it isn't translated."""
        voice = self._voices.of(str(locale))
        translated = voice.say(string.message)
        return translated if translated != string.message else None


async def sync(client: RapportClient, token: str, voices: Voices, guild_id: int | None = None) -> int:
    """Register every command everywhere, or on one server alone; returns how many.

    Raises `PlatformError` with what the host can do.
    """
    guild = discord.Object(guild_id) if guild_id else None
    try:
        async with client:
            await client.login(token)
            return await register(client, voices, guild)
    except discord.LoginFailure as error:
        raise PlatformError(NOT_LET_IN, permanent=True) from error
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise PlatformError(f"Discord didn't take the commands ({error}).") from error


async def register(client: RapportClient, voices: Voices, guild: discord.Object | None = None) -> int:
    """The same for a client that is logged in. Raises `discord.HTTPException`."""
    await client.tree.set_translator(Translations(voices))
    if guild is not None:
        client.tree.copy_global_to(guild=guild)
    return len(await client.tree.sync(guild=guild))
