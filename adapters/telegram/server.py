"""The Telegram platform: from a token to answers, and to a clean end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog
from telegram import Bot, LinkPreviewOptions, Update
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, Defaults, ExtBot
from telegram.request import BaseRequest, HTTPXRequest

from adapters.telegram.attachments import TelegramFiles
from adapters.telegram.groups import Groups, Membership
from adapters.telegram.incoming import Origins, TelegramReader
from adapters.telegram.inline import Inline
from adapters.telegram.limits import ChatLimiter
from adapters.telegram.menu import offer_commands
from adapters.telegram.options import PLATFORM, Clock, TelegramChatbot, TelegramOptions, TelegramStore
from adapters.telegram.polling import Polling
from adapters.telegram.receiving import Albums, Receiving
from adapters.telegram.replies import TelegramReplies
from adapters.telegram.requests import PersistentRequest
from adapters.telegram.webhook import Webhook
from core.chores import Chores
from core.errors import PlatformError, traced
from core.i18n.translator import Translators
from core.options import ChatOptions, MessageLimits
from core.platforms.background import until_one_ends
from core.platforms.order import ChatOrder

_log = structlog.get_logger(__name__)
_MENU = "offer commands in Telegram's menu"
_MOST_ORIGINS = 50_000  # answers of which it is known what they were about
# Nobody's words are to bring another page's picture into the chat.
_DEFAULTS = Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True))
_UPDATES = ("message", "callback_query", "message_reaction", "my_chat_member")  # edited messages were answered before

App = Application[ExtBot[bool], Any, Any, Any, Any, Any]
MakeRequest = Callable[[], BaseRequest]


class TelegramBot:
    """Serves one bot until it is closed. `request` makes what speaks HTTP for us."""

    name = PLATFORM

    def __init__(
        self,
        assistant: TelegramChatbot,
        memories: TelegramStore,
        translators: Translators,
        options: TelegramOptions,
        limits: MessageLimits,
        chat: ChatOptions,
        *,
        request: MakeRequest | None = None,
        clock: Clock | None = None,
        chores: Chores | None = None,
    ) -> None:
        self._chores, self._stop_seconds = chores or Chores(), limits.stop_seconds
        token = options.require_token()
        self._options, self._translators, self._order = options, translators, ChatOrder()
        clock, request = clock or Clock(), request or _https
        calls, polls = PersistentRequest(request()), request()
        builder = ApplicationBuilder().defaults(_DEFAULTS).token(token).request(calls).get_updates_request(polls)
        limited = builder.rate_limiter(ChatLimiter(clock))
        self._app: App = limited.updater(None).job_queue(None).build()  # its updates come from us, in order
        self._webhook = Webhook(token, options.webhook_host, options.webhook_port, self._take, self._chores)
        self._stop, self._over = asyncio.Event(), asyncio.Event()
        self._over.set()  # until `run` begins
        self._updates = (*_UPDATES, "inline_query") if options.inline else _UPDATES
        app = self._app
        app.add_error_handler(_note)
        groups = Groups(app.bot, clock)
        origins = Origins(_MOST_ORIGINS, chat.photo_minutes * 60, timer=clock.now)
        reader = TelegramReader(app.bot, groups, origins, TelegramFiles(app.bot, limits.photo_bytes))
        membership = Membership(groups, self._order, memories, chat.left_days)
        replies = TelegramReplies(app.bot, assistant, origins, clock, options.draft_seconds, membership.moved)
        albums = Albums(options.album_seconds, clock)
        membership.register(app)  # before the next, which would take a migration for a message
        Receiving(reader, replies, albums, self._order, assistant, memories).register(app)
        if options.inline:
            Inline(groups, self._order, assistant, memories).register(app)

    @property
    def webhook(self) -> Webhook:
        """The server that Telegram posts to; it listens while a webhook is configured and the platform runs."""
        return self._webhook

    async def run(self) -> None:
        """Serve until `aclose`. Raises `PlatformError` when Telegram is out of reach or refuses the token."""
        self._over.clear()
        app, polls = self._app, not self._options.webhook_url
        try:
            async with app:  # asks Telegram who we are, which tries the token out
                await app.start()
                _log.info("telegram.serving", bot=app.bot.username, way="polling" if polls else "webhook")
                self._chores.start(_MENU, partial(offer_commands, app.bot, self._translators))
                try:
                    if polls:
                        polling = Polling(app.bot, app.update_queue.put, self._updates)
                        await until_one_ends(self._stop.wait(), polling.run())
                        await polling.confirm()
                    else:
                        await self._serve_webhook()
                finally:
                    await self._chores.stop(_MENU)
                    await app.stop()
                    await self._order.drain(self._stop_seconds)
        except TelegramError as error:
            raise _reason(error) from None  # Telegram's own words may hold the token
        finally:
            self._over.set()

    async def aclose(self) -> None:
        """Take no more, answer what is under way within the limit, and let go of every connection."""
        self._stop.set()
        await self._over.wait()

    async def _serve_webhook(self) -> None:
        """Let Telegram post to us. The webhook stays set while we are away, and Telegram keeps what comes."""
        self._webhook.open()
        serving = asyncio.create_task(self._webhook.run())
        try:
            await self._app.bot.set_webhook(
                self._options.webhook_url.rstrip("/") + self._webhook.path,
                allowed_updates=self._updates,
                secret_token=self._webhook.secret,
            )
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        finally:
            self._webhook.close()
            await serving

    async def _take(self, data: Mapping[str, Any]) -> None:
        try:
            update = Update.de_json(dict(data), self._app.bot)
        except Exception as error:  # noqa: BLE001 - the platform's edge: Telegram would send it for ever
            _log.error("telegram.unreadable", error=traced(error))
            return
        await self._app.update_queue.put(update)


async def _note(_: object, context: Any) -> None:
    _log.error("telegram.update_failed", error=traced(context.error))


async def introduce(options: TelegramOptions, request: MakeRequest | None = None) -> str:
    """Ask Telegram whose token it is; returns a sentence for the host. Raises `PlatformError`."""
    make = request or (lambda: _https(5))
    try:
        async with Bot(options.require_token(), request=make(), get_updates_request=make()) as bot:
            privacy = "off" if bot.bot.can_read_all_group_messages else "on"
            return f"the token is @{bot.username}'s; privacy mode in groups is {privacy}."
    except TelegramError as error:
        raise _reason(error) from None  # as in `run`


def _https(seconds: float = 30) -> BaseRequest:
    # Telegram takes its time with photos; a poll is held open for half a minute on top.
    connecting = min(seconds, 10)
    return HTTPXRequest(
        connection_pool_size=64,
        read_timeout=seconds,
        write_timeout=seconds,
        connect_timeout=connecting,
        pool_timeout=seconds,
    )


def _reason(error: TelegramError) -> PlatformError:
    match error:
        case InvalidToken():
            return PlatformError(
                "Telegram doesn't accept telegram.token: copy it from @BotFather once more.", permanent=True
            )
        case Conflict():
            return PlatformError(
                "Another program is polling with the same Telegram token: stop it, or make a bot of its own."
            )
        case _:
            return PlatformError(f"Telegram can't be reached ({type(error).__name__}).")
