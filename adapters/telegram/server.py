"""The Telegram platform: from a token to answers, and to a clean end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from telegram import LinkPreviewOptions, Update
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import Defaults, ExtBot
from telegram.request import BaseRequest, HTTPXRequest

from adapters.telegram.attachments import TelegramFiles
from adapters.telegram.groups import Groups, Membership
from adapters.telegram.incoming import Origins, TelegramReader
from adapters.telegram.inline import Inline
from adapters.telegram.limits import ChatLimiter, Pace
from adapters.telegram.menu import offer_commands
from adapters.telegram.options import PLATFORM, Clock, TelegramChatbot, TelegramOptions, TelegramStore
from adapters.telegram.pointers import Pointers
from adapters.telegram.receiving import Albums, Receiving
from adapters.telegram.replies import TelegramReplies
from adapters.telegram.requests import PersistentRequest
from adapters.telegram.updates.polling import Polling
from adapters.telegram.updates.taking import Taking
from adapters.telegram.updates.webhook import Webhook
from core.chores import Chores
from core.errors import PlatformError, traced
from core.i18n.translator import Translators
from core.options import ChatOptions, MessageLimits, Role
from core.platforms.background import until_one_ends
from core.platforms.inbox import Inbox
from core.platforms.order import ChatOrder
from core.platforms.status import Conversing
from core.store.sharing.pointers import StoredPointers

_log = structlog.get_logger(__name__)
_MENU = "offer commands in Telegram's menu"
_UNSENT = "answer what Telegram was out of reach for"
_UNSENT_SECONDS = 15.0  # between two looks whether it is back
_LIVE = "say that this process answers chats of Telegram"
_LIVE_SECONDS = 1.0  # between two times; others take its chats when it has said nothing for five
_OTHERS = "take up what other processes have written down for Telegram"
_OTHERS_SECONDS = 1.0  # between two looks, where nobody tells
_IDLE = "give up idle chats of Telegram"
_IDLE_SECONDS = 60.0
_IDLE_MINUTES = 10.0  # without anything from a chat, after nothing in it can be spoken of any more
_MOST_ORIGINS = 50_000  # answers of which it is known what they were about
# Nobody's words are to bring another page's picture into the chat.
_DEFAULTS = Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True))
_UPDATES = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member")

MakeRequest = Callable[[], BaseRequest]


class TelegramBot:
    """Serves one bot until it is closed. `request` makes what speaks HTTP for us."""

    name = PLATFORM

    def __init__(
        self,
        assistant: TelegramChatbot,
        memories: TelegramStore,
        inbox: Inbox,
        translators: Translators,
        options: TelegramOptions,
        limits: MessageLimits,
        chat: ChatOptions,
        *,
        conversing: Conversing,
        pointers: StoredPointers,
        request: MakeRequest | None = None,
        clock: Clock | None = None,
        chores: Chores | None = None,
        role: Role = Role.ALL,
    ) -> None:
        self._chores, self._stop_seconds = chores or Chores(), limits.stop_seconds
        self._inbox, self._memories, self._role = inbox, memories, role
        self._idle = timedelta(minutes=chat.photo_minutes + _IDLE_MINUTES)
        self._account = f"{PLATFORM}:{options.require_token().partition(':')[0]}"
        self._options, self._translators, self._order = options, translators, ChatOrder()
        self._clock, request = clock or Clock(), request or _https
        self._limiter = ChatLimiter(self._clock)
        self._bot = bot = _bot(options, request, self._limiter)
        self._webhook = Webhook(
            options.require_token(), options.webhook_host, options.webhook_port, self._take, self._chores
        )
        self._stop, self._over = asyncio.Event(), asyncio.Event()
        self._over.set()  # until `run` begins
        self._updates = (*_UPDATES, "inline_query") if options.inline else _UPDATES
        self._taking = self._parts(bot, assistant, limits, chat, conversing, pointers)

    def _parts(
        self,
        bot: ExtBot[Pace],
        assistant: TelegramChatbot,
        limits: MessageLimits,
        chat: ChatOptions,
        conversing: Conversing,
        pointers: StoredPointers,
    ) -> Taking:
        """What takes updates in, and all that it hands them to."""
        memories, options, groups = self._memories, self._options, Groups(bot, self._clock)
        origins = Origins(_MOST_ORIGINS, chat.photo_minutes * 60, timer=self._clock.now)
        files = TelegramFiles(bot, limits.photo_bytes)
        reader = TelegramReader(bot, groups, origins, files)
        kept, lifetime = pointers if memories.is_shared else None, timedelta(minutes=chat.photo_minutes)
        pointing = Pointers(kept, self._account, origins, files, conversing, lifetime)
        membership = Membership(groups, self._order, memories, chat.left_days)
        replies = TelegramReplies(
            bot, assistant, origins, pointing, self._clock, options.draft_seconds, membership.moved
        )
        albums = Albums(options.album_seconds, self._clock)
        receiving = Receiving(reader, replies, albums, self._order, assistant, pointing)
        inline = Inline(groups, self._order, assistant, memories) if options.inline else None
        works, taken_over = self._role is not Role.INGRESS, self._limiter.taken_over
        return Taking(
            bot, self._inbox, reader, receiving, membership, inline, memories, pointing, taken_over, works=works
        )

    @property
    def webhook(self) -> Webhook:
        """The server that Telegram posts to; it listens while a webhook is configured and the platform runs."""
        return self._webhook

    async def run(self) -> None:
        """Serve until `aclose`. Raises `PlatformError` when Telegram is out of reach or refuses the token."""
        self._over.clear()
        polls = not self._options.webhook_url
        try:
            async with self._bot as bot:  # asks Telegram who we are, which tries the token out
                _log.info("telegram.serving", bot=bot.username, way="polling" if polls else "webhook")
                self._chores.start(_MENU, partial(offer_commands, bot, self._translators))
                try:
                    async with self._answering():
                        if self._role is Role.WORKER:
                            await self._stop.wait()
                        elif polls:
                            await self._poll()
                        else:
                            await self._serve_webhook()
                finally:
                    await self._chores.stop(_MENU)
        except TelegramError as error:
            raise _reason(error) from None  # Telegram's own words may hold the token
        finally:
            self._over.set()

    async def aclose(self) -> None:
        """Take no more, answer what is under way within the limit, and let go of every connection."""
        self._stop.set()
        await self._over.wait()

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        """Answer chats for as long as the block runs, and what is under way in them after it."""
        if self._role is Role.INGRESS:
            yield
            return
        beside, idle = self._chores.beside, partial(self._inbox.let_go_of_chats, self._idle)
        async with AsyncExitStack() as stack:
            if shared := self._memories.is_shared:
                await self._live()
                stack.push_async_callback(self._inbox.end)
                # Until the last answer is out.
                await stack.enter_async_context(beside(_LIVE, self._live, every=_LIVE_SECONDS))
            stack.push_async_callback(self._order.drain, self._stop_seconds)
            await self._taking.take_up()
            await stack.enter_async_context(beside(_UNSENT, self._taking.take_up_unsent, every=_UNSENT_SECONDS))
            if shared:
                hear = partial(self._hear, stack.enter_context(self._inbox.listening()))
                await stack.enter_async_context(beside(_OTHERS, hear, every=0))
                await stack.enter_async_context(beside(_IDLE, idle, every=_IDLE_SECONDS, after=_IDLE_SECONDS))
            yield

    async def _live(self) -> None:
        if processes := await self._inbox.live():
            self._limiter.share(processes)

    async def _hear(self, heard: asyncio.Event) -> None:
        """Take up what others have written down, as soon as that is heard of, or after a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_OTHERS_SECONDS):
                await heard.wait()
        heard.clear()
        await self._taking.take_up()

    async def _poll(self) -> None:
        """Ask Telegram for updates until it is time to stop: of several processes one does."""
        polling = Polling(self._bot, self._taking.take, self._updates, self._clock)
        await until_one_ends(self._stop.wait(), self._memories.alone(f"poll {self._account}", polling.run))
        if not self._memories.is_shared:  # else the next one that polls does
            await polling.confirm()

    async def _serve_webhook(self) -> None:
        """Let Telegram post to us. The webhook stays set while we are away, and Telegram keeps what comes."""
        self._webhook.open()
        serving = asyncio.create_task(self._webhook.run())
        try:
            await self._bot.set_webhook(
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
            update = Update.de_json(dict(data), self._bot)
        except Exception as error:  # noqa: BLE001 - the platform's edge: Telegram would send it for ever
            _log.error("telegram.unreadable", error=traced(error))
            return
        await self._taking.take([update])


async def introduce(options: TelegramOptions, request: MakeRequest | None = None) -> str:
    """Ask Telegram whose token it is; returns a sentence for the host. Raises `PlatformError`."""
    try:
        async with _bot(options, request or (lambda: _https(5))) as bot:
            privacy = "off" if bot.bot.can_read_all_group_messages else "on"
            return f"the token is @{bot.username}'s; privacy mode in groups is {privacy}."
    except TelegramError as error:
        raise _reason(error) from None  # as in `run`


def _bot(options: TelegramOptions, make: MakeRequest, limiter: ChatLimiter | None = None) -> ExtBot[Pace]:
    """Whoever has the token, at Telegram's own servers or the host's."""
    api = options.api_url.rstrip("/")
    return ExtBot(
        options.require_token(),
        f"{api}/bot",
        f"{api}/file/bot",
        request=PersistentRequest(make()) if limiter else make(),
        get_updates_request=make(),
        defaults=_DEFAULTS,
        rate_limiter=limiter,
    )


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
