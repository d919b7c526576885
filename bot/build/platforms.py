"""The platforms before the running assistant. Their libraries are loaded only where they are used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.config import Config
from core.i18n.translator import Translators
from core.platforms.status import Platform

if TYPE_CHECKING:
    from adapters.discord.options import DiscordOptions
    from adapters.discord.platform import DiscordChat
    from adapters.telegram.options import Clock, TelegramOptions
    from adapters.telegram.server import TelegramBot
    from adapters.web.server import WebChat
    from bot.build.rapport import Rapport


def platforms(
    config: Config, running: Rapport, announce: Callable[[str], None] = lambda _: None
) -> dict[str, Callable[[], Platform]]:
    """How to make each platform that is turned on; `announce` gets the web page's address."""
    builds: dict[str, Callable[[], Platform]] = {}
    if config.web.enabled:
        builds["web"] = lambda: web_chat(config, running, announce)
    if config.telegram.token.get_secret_value():
        builds["telegram"] = lambda: telegram_of(config, running)
    if config.discord.token.get_secret_value():
        builds["discord"] = lambda: discord_of(config, running)
    return builds


def web_chat(config: Config, running: Rapport, announce: Callable[[str], None] = lambda _: None) -> WebChat:
    """The local web chat before the running assistant. Raises `ConfigError` when it would be open to all."""
    # Imported here: console and pipe start a tenth of a second sooner without a web server.
    from adapters.web.options import WebOptions  # noqa: PLC0415
    from adapters.web.server import WebChat  # noqa: PLC0415

    options = WebOptions(
        host=config.web.host,
        port=config.web.port,
        token=config.web.token.get_secret_value(),
        hosts=config.web.hosts,
        max_photos=config.limits.photos,
        max_photo_bytes=config.limits.photo_bytes,
        photo_minutes=config.chat.photo_minutes,
        stop_seconds=config.limits.stop_seconds,
    )
    return WebChat(
        running.assistant,
        options=options,
        health=running.health,
        metrics=running.metrics.exposition,
        announce=announce,
    )


def telegram_of(
    config: Config, running: Rapport, request: Callable[[], Any] | None = None, clock: Clock | None = None
) -> TelegramBot:
    """The bot on Telegram. `request` and `clock` take the place of HTTPS and time.

    Raises `PlatformError` when the token can't be one.
    """
    from adapters.telegram.server import TelegramBot  # noqa: PLC0415 - its library is large: for those who use it

    return TelegramBot(
        running.assistant,
        running.store,
        running.translators,
        telegram_options(config),
        request=request,
        clock=clock,
    )


def telegram_options(config: Config) -> TelegramOptions:
    """The Telegram adapter's settings. Raises `PlatformError` when the token can't be one."""
    from adapters.telegram.options import TelegramOptions  # noqa: PLC0415 - see above

    chosen = config.telegram
    return TelegramOptions(
        token=chosen.token.get_secret_value(),
        webhook_url=chosen.webhook_url,
        webhook_host=chosen.webhook_host,
        webhook_port=chosen.webhook_port,
        inline=chosen.inline,
        largest_file=config.limits.photo_bytes,
        photo_minutes=config.chat.photo_minutes,
        left_days=config.chat.left_days,
        draft_seconds=chosen.draft_seconds,
        album_seconds=chosen.album_seconds,
        stop_seconds=config.limits.stop_seconds,
    )


def discord_of(config: Config, running: Rapport) -> DiscordChat:
    """Discord before the running assistant, not connected yet."""
    from adapters.discord.platform import DiscordChat  # noqa: PLC0415 - only who turns it on waits for it

    return DiscordChat(running.assistant, running.suggesting, running.store, discord_options(config))


async def sync_discord(config: Config, guild_id: int | None) -> int:
    """Tell Discord which commands there are, on one server or everywhere; returns how many.

    Raises `PlatformError` with what to do.
    """
    from adapters.discord.client import RapportClient  # noqa: PLC0415 - see above
    from adapters.discord.syncing import sync  # noqa: PLC0415 - see above

    options = discord_options(config)
    return await sync(RapportClient(options), options.token, await asyncio.to_thread(Translators.load), guild_id)


async def introduce_discord(config: Config) -> str:
    """Ask Discord whose token it is; a sentence for the host. Raises `PlatformError` with what to do."""
    from adapters.discord.client import RapportClient  # noqa: PLC0415 - see above
    from adapters.discord.syncing import introduce  # noqa: PLC0415 - see above

    options = discord_options(config)
    return await introduce(RapportClient(options), options.token)


def discord_options(config: Config) -> DiscordOptions:
    """The Discord adapter's settings."""
    from adapters.discord.options import DiscordOptions  # noqa: PLC0415 - see above

    chosen = config.discord
    return DiscordOptions(
        token=chosen.token.get_secret_value(),
        memory=chosen.memory,
        message_content=chosen.message_content,
        shards=chosen.shards,
        largest_file=config.limits.photo_bytes,
        photo_minutes=config.chat.photo_minutes,
        left_days=config.chat.left_days,
        stop_seconds=config.limits.stop_seconds,
    )
