"""The platforms before the running assistant. Their libraries are loaded only where they are used."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url

from bot.config import Config
from core.options import Role
from core.platforms.inbox import Inbox
from core.platforms.status import Platform

if TYPE_CHECKING:
    from adapters.discord.platform import DiscordChat
    from adapters.discord.sharing.shards import DiscordShards
    from adapters.judging.page import JudgingPage, SamplesToJudge
    from adapters.status.page import StatusPage
    from adapters.telegram.options import Clock
    from adapters.telegram.server import TelegramBot
    from adapters.web.server import WebChat
    from bot.build.rapport import Rapport

_PATIENCE = 1.0  # seconds for a port of this machine


def platforms(
    config: Config, running: Rapport, announce: Callable[[str], None] = lambda _: None, role: Role = Role.ALL
) -> dict[str, Callable[[], Platform]]:
    """How to make each platform that is turned on; `announce` gets the web page's link.

    Where several processes share the store, Telegram is served by all of them, Discord and the web page by all that do
    everything.
    """
    builds: dict[str, Callable[[], Platform]] = {}
    if config.web.enabled and role is Role.ALL:
        builds["web"] = lambda: web_chat(config, running, announce)
    if config.discord.token.get_secret_value() and role is Role.ALL:
        builds["discord"] = lambda: discord_of(config, running)
    if config.telegram.token.get_secret_value() and role is not Role.CHORES:
        builds["telegram"] = lambda: telegram_of(config, running, role=role)
    return builds


def web_chat(config: Config, running: Rapport, announce: Callable[[str], None] = lambda _: None) -> WebChat:
    """The local web chat before the running assistant. Raises `ConfigError` when it would be open to all."""
    # Imported here: console and pipe start a tenth of a second sooner without a web server.
    from adapters.web.options import Bounds  # noqa: PLC0415
    from adapters.web.server import WebChat  # noqa: PLC0415

    # With a file each process has its own; what one left that isn't there any more is this one's.
    box, owners = inbox_of(config, running, f"web:{config.web.port}", nobody_listens), None
    if running.store.is_shared:
        from adapters.web.forwarding import ChatOwners  # noqa: PLC0415 - one process alone needs no client

        box = inbox_of(config, running, "web:shared", leases=True)
        owners = ChatOwners(box, running.store.sign_ins, config.chat.photo_minutes)
    return WebChat(
        running.assistant,
        options=config.web,
        bounds=Bounds(config.limits, config.chat),
        sessions_file=sessions_file(config),
        health=running.health,
        metrics=running.metrics.exposition,
        translators=running.translators,
        history=running.store if config.chat.history_days else None,
        inbox=box,
        owners=owners,
        chores=running.chores,
        announce=announce,
    )


def status_page(config: Config, running: Rapport) -> StatusPage | None:
    """`/health` and `/metrics` on a port of their own; None where none is set. Raises `ConfigError`."""
    if not config.status.port:
        return None
    from adapters.status.page import StatusPage  # noqa: PLC0415 - as above

    return StatusPage(
        config.status,
        config.web.token,
        health=running.health,
        metrics=running.metrics.exposition,
        chores=running.chores,
    )


def judging_page(samples: SamplesToJudge, port: int) -> JudgingPage:
    """The page on which samples of training data are judged."""
    from adapters.judging.page import JudgingPage  # noqa: PLC0415 - as above

    return JudgingPage(samples, port)


def sessions_file(config: Config) -> Path | None:
    """Where the web chat keeps who has signed in: beside an SQLite file; None where the store is no file."""
    url = make_url(config.store.url)
    named = url.get_backend_name() == "sqlite" and url.database and ":memory:" not in url.database
    return Path(f"{url.database}.sessions.json") if named else None


def telegram_of(
    config: Config,
    running: Rapport,
    request: Callable[[], Any] | None = None,
    clock: Clock | None = None,
    role: Role = Role.ALL,
) -> TelegramBot:
    """The bot on Telegram. `request` and `clock` take the place of HTTPS and time.

    Raises `PlatformError` when the token can't be one.
    """
    from adapters.telegram.options import PLATFORM  # noqa: PLC0415 - as above
    from adapters.telegram.server import TelegramBot  # noqa: PLC0415 - its library is large: for those who use it

    account = config.telegram.require_token().partition(":")[0]
    return TelegramBot(
        running.assistant,
        running.store,
        inbox_of(config, running, f"{PLATFORM}:{account}", leases=running.store.is_shared),
        running.translators,
        config.telegram,
        config.limits,
        config.chat,
        conversing=running.conversations,
        pointers=running.store.pointers,
        request=request,
        clock=clock,
        chores=running.chores,
        role=role,
    )


async def nobody_listens(port: str) -> bool:
    """Whether nothing takes connections at a port of this machine, so that the web chat that had it has ended.

    Of one that lets the system choose its port (0) that can't be told.
    """
    if port == "0":
        return False
    try:
        async with asyncio.timeout(_PATIENCE):
            _, writer = await asyncio.open_connection("127.0.0.1", int(port))
    except (ConnectionRefusedError, ValueError):
        return True
    except (OSError, TimeoutError):  # it can't be told
        return False
    writer.close()
    return False


def inbox_of(
    config: Config,
    running: Rapport,
    bot: str,
    is_gone: Callable[[str], Awaitable[bool]] | None = None,
    *,
    leases: bool = False,
    process: str = "",
) -> Inbox:
    """A bot's durable inbox: `bot` is platform and account, as "telegram:4242"; the others are as `Inbox` has them."""
    count = partial(running.metrics.inbox, bot.partition(":")[0])
    late = config.chat.late_minutes
    return Inbox(running.store.inbox, bot, late, count, is_gone=is_gone, leases=leases, process=process)


def discord_of(config: Config, running: Rapport) -> DiscordChat | DiscordShards:
    """Discord before the running assistant, not connected yet; processes with one store share its shards."""
    from adapters.discord.client import RapportClient  # noqa: PLC0415 - as below
    from adapters.discord.incoming import PLATFORM  # noqa: PLC0415 - as below
    from adapters.discord.platform import DiscordChat  # noqa: PLC0415 - only who turns it on waits for it
    from adapters.discord.sharing.pointers import Pointing  # noqa: PLC0415 - as above
    from adapters.discord.sharing.shards import DiscordShards, Shard  # noqa: PLC0415 - as above

    photos = timedelta(minutes=config.chat.photo_minutes)
    pointing = Pointing(running.store.pointers, running.conversations, photos)

    def chat(shard: Shard | None = None) -> DiscordChat:
        def inbox(account: str) -> Inbox:
            if shard is not None:
                return inbox_of(config, running, shard.inbox, shard.is_gone, process=shard.process)
            # Those that have different shards have inboxes of their own.
            return inbox_of(config, running, ":".join((PLATFORM, account, *map(str, sorted(config.discord.shard_ids)))))

        return DiscordChat(
            running.assistant,
            running.suggesting,
            running.store,
            inbox,
            shard.options if shard else config.discord,
            config.limits,
            config.chat,
            chores=running.chores,
            connect=shard.connect if shard else RapportClient,
            hands_on=shard is not None,
            pointing=pointing if shard else None,
        )

    late = timedelta(minutes=config.chat.late_minutes)
    return DiscordShards(chat, running.store.shards, config.discord, late) if running.store.is_shared else chat()
