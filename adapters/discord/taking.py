"""What people do on its way in: what is for the bot is written down, and taken up again after a restart.

Of a message only its place is kept: it is fetched again. An interaction can't be answered by another process, since
Discord waits three seconds for a first word and a quarter of an hour for the last: its channel is told so.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

import aiohttp
import discord
import structlog

from core.assistant.commands import COMMANDS
from core.errors import StoreError, traced
from core.i18n.lazy_strings import gettext_noop
from core.messages import Chat, Message
from core.platforms.inbox import INTERRUPTED, TOO_LATE, Fate, Inbox, LeftOver, Taken
from core.store.inbox import EDITED, SAID
from core.store.values import Arrival

_log = structlog.get_logger(__name__)
_AGAIN_SECONDS = 1.0

UNANSWERABLE = gettext_noop(
    "I was restarted before I could answer what somebody picked from a menu or pressed here, and Discord doesn't let "
    "me do so any more. Please do it again."
)


class DiscordTaking:
    """Takes in what people do, each thing once, and what an earlier process left over."""

    def __init__(self, client: discord.Client, inbox: Inbox) -> None:
        self._client, self._inbox = client, inbox
        self._turn = asyncio.Lock()  # things are written down in the order in which they came

    def message(self, outline: Message, *, kept: bool) -> asyncio.Task[Taken | None]:
        """Take a message in; None for one that came before. Only what is `kept` is written down before it is answered.

        It is marked once as a command, and once as anything else and for each edit of that.
        """
        mark = (SAID if outline.edited_after is None else EDITED).format(id=outline.id, moment=secrets.token_hex(4))
        return self._taking(outline, outline.id if COMMANDS.names(outline.text) else mark, kept=kept)

    def interaction(self, outline: Message, *, kept: bool) -> asyncio.Task[Taken | None]:
        """Take in what somebody did in a menu or with a button."""
        return self._taking(outline, f"interaction {outline.id}", kept=kept)

    def _taking(self, outline: Message, mark: str, *, kept: bool) -> asyncio.Task[Taken | None]:
        chat = outline.chat
        channel = chat.thread or chat.id
        update = {
            "channel": channel,
            "thread": chat.thread,
            "message": None if mark.startswith("interaction") else outline.id,
            "language": outline.sender.language,
            "edited_after": outline.edited_after,
        }
        arrival = Arrival(chat.key, mark, update)

        async def take() -> Taken | None:
            if not (kept and channel.isdecimal()):  # else it's a channel of a kind unknown to discord.py
                return self._inbox.unrecorded(arrival)
            async with self._turn:
                while True:
                    try:
                        (taken,) = await self._inbox.take_in([arrival])
                    except StoreError:  # nobody can tell whose it is, and Discord won't bring it again
                        await asyncio.sleep(_AGAIN_SECONDS)
                    else:
                        return taken

        return asyncio.create_task(take())  # begun at once, so that the order of rows is that of the events

    async def left_over(self) -> list[LeftOver]:
        """What an earlier process has taken in and not answered; call it before anything new is taken in.

        What won't be answered of one channel, for the same reason, is put together: people hear that once.
        """
        return _joined(await self._inbox.left_over())

    async def unsent(self) -> list[LeftOver]:
        """What Discord was out of reach for, and what came behind that; put it into the order at once."""
        return _joined(await self._inbox.unsent()) if self._inbox.any_unsent else []

    async def fetched(self, left: LeftOver) -> discord.Message | None:
        """The message that was left over; None when there is none any more, or it can't be had now."""
        try:
            channel = await self.channel(left)
            message: discord.Message = await channel.fetch_message(int(left.update["message"]))
        except (discord.NotFound, discord.Forbidden):
            async with left.taken:
                return None
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            _log.warning("discord.not_fetched", error=traced(error))
            async with left.taken:
                await left.taken.not_sent()
            return None
        return message

    async def channel(self, left: LeftOver) -> Any:
        """The channel in which it was, once Discord has told of all servers. Raises what discord.py raises."""
        await self._client.wait_until_ready()
        number = int(left.update["channel"])
        return self._client.get_channel(number) or await self._client.fetch_channel(number)


def _joined(leftovers: Sequence[LeftOver]) -> list[LeftOver]:
    """The same, with those put together that are told alike in one channel."""
    alike: dict[tuple[str, str], list[LeftOver]] = {}
    for one in leftovers:
        way = str(one.update["message"]) if is_answerable(one) else reason(one)
        alike.setdefault((one.update["channel"], way), []).append(one)
    return [
        LeftOver(first.taken.joined([one.taken for one in others]), first.chat, first.update, first.fate)
        for first, *others in alike.values()
    ]


def is_answerable(left: LeftOver) -> bool:
    """Whether it can be answered still, as if it had come just now."""
    return left.fate is Fate.AGAIN and left.update["message"] is not None


def reason(left: LeftOver) -> str:
    """The sentence why it isn't answered."""
    if left.fate is Fate.INTERRUPTED:
        return INTERRUPTED
    return TOO_LATE if left.fate is Fate.TOO_LATE and left.update["message"] else UNANSWERABLE


def chat_of_left(left: LeftOver) -> Chat:
    """The chat, and the thread, in which it was."""
    platform, _, id = left.chat.partition(":")
    return Chat(platform, id, thread=left.update["thread"])
