"""One reply on its way to Discord: any number of drafts, then the final one."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from functools import partial
from typing import Any, Protocol

import aiohttp
import discord
import stamina

from adapters.discord.events import Interaction
from adapters.discord.wording import OutgoingMessage
from core.platforms.background import repeating
from core.platforms.inbox import Taken

_MISSING = discord.utils.MISSING
_SMALLEST_LIMIT = 10 << 20  # bytes of a file, where Discord doesn't say
_TRIES = 4
_LONGEST_WAIT = 60.0
_UNDELIVERED = (discord.HTTPException, aiohttp.ClientError, OSError)
_TYPING = 8.0  # seconds; Discord shows it for ten


class ReplyTarget(Protocol):
    """Where one reply goes."""

    @property
    def limit(self) -> int:
        """The most bytes of a file that can be sent there."""
        ...

    @property
    def hides(self) -> bool:
        """Whether a reply there can be seen by who asked alone."""
        ...

    @property
    def lasts(self) -> bool:
        """Whether another process may still reply there, when this one has ended."""
        ...

    @property
    def arrived(self) -> bool:
        """Whether something of it has got through, be it a draft."""
        ...

    def at_work(self) -> AbstractAsyncContextManager[None]:
        """Show that a reply is on its way."""
        ...

    async def draft(self, outgoing: OutgoingMessage) -> None:
        """Show how far the reply has come. A draft that Discord won't take is no loss."""
        ...

    async def finish(
        self, messages: Sequence[OutgoingMessage], *, private: bool = False, replaces: bool = False
    ) -> None:
        """Send the reply; `private`: to who asked alone; `replaces`: in place of the message with the pressed button.

        Raises `discord.HTTPException`.
        """
        ...

    async def drop(self) -> None:
        """There will be no reply: take back what was shown of one."""
        ...


class ChannelReply:
    """A reply to a message: in its channel, as an answer to it."""

    def __init__(self, message: discord.Message, retry_seconds: float) -> None:
        self._message, self._retry_seconds = message, retry_seconds
        self._draft: discord.Message | None = None
        self.arrived = False

    @property
    def limit(self) -> int:
        """The most bytes of a file that the server takes."""
        return self._message.guild.filesize_limit if self._message.guild else _SMALLEST_LIMIT

    @property
    def hides(self) -> bool:
        """Only where nobody else is: what stands in a server's channel is for all."""
        return self._message.guild is None

    @property
    def lasts(self) -> bool:
        """Yes: messages can be answered at any time."""
        return True

    def at_work(self) -> AbstractAsyncContextManager[None]:
        """Typing, in the channel."""

        async def show() -> None:
            await self._message.channel.typing()

        return repeating(show, _TYPING, ignoring=_UNDELIVERED)

    async def draft(self, outgoing: OutgoingMessage) -> None:
        """Send the first draft, edit it for every later one."""
        with suppress(*_UNDELIVERED):
            if self._draft is None:
                self._draft = await self._send(self._message.channel, outgoing, answers=True)
            else:
                await self._draft.edit(content=outgoing.text, view=outgoing.view)

    async def finish(
        self,
        messages: Sequence[OutgoingMessage],
        *,
        private: bool = False,
        replaces: bool = False,  # noqa: ARG002 - there is nothing to replace
    ) -> None:
        """Turn the draft into the first message, send the others; what is private goes by direct message."""
        aside = private and self._message.guild is not None
        channel: discord.abc.Messageable = self._message.author if aside else self._message.channel
        if aside:
            await self.drop()
        for number, outgoing in enumerate(messages):
            draft, self._draft = self._draft, None
            if draft is not None:
                await repeat_while_busy(lambda: _edit(draft.edit, outgoing), self._retry_seconds)  # noqa: B023 - awaited at once
                continue
            # By its nonce Discord knows a message that it took, though it said that something went wrong.
            send = partial(self._send, channel, outgoing, secrets.randbits(63), answers=number == 0 and not aside)
            await repeat_while_busy(send, self._retry_seconds)

    async def drop(self) -> None:
        """Delete the draft."""
        draft, self._draft = self._draft, None
        if draft is not None:
            with suppress(*_UNDELIVERED):
                await draft.delete()

    async def _send(
        self, channel: discord.abc.Messageable, outgoing: OutgoingMessage, nonce: int | None = None, *, answers: bool
    ) -> discord.Message:
        more: dict[str, Any] = {
            "files": outgoing.uploads(),
            "view": outgoing.view,
            "reference": self._message.to_reference(fail_if_not_exists=False) if answers else None,
            "nonce": nonce,
        }
        sent: discord.Message = await channel.send(outgoing.text or None, **more)
        self.arrived = True
        return sent


class InteractionReply:
    """A reply to a command, a menu or a button.

    Discord waits three seconds for a response. One that is ready by then is the response itself, and can be
    for one person alone; for a later one `hold` must have told Discord that it will come. With `over` the
    reply takes the place of the message whose button was pressed.
    """

    def __init__(self, interaction: Interaction, retry_seconds: float, *, over: bool = False) -> None:
        self._interaction, self._retry_seconds, self._over = interaction, retry_seconds, over
        self.arrived = True  # the interaction itself is shown to be worked on
        self._lock = asyncio.Lock()

    @property
    def limit(self) -> int:
        """The most bytes of a file that can be sent there."""
        return self._interaction.filesize_limit

    @property
    def hides(self) -> bool:
        """Yes: ephemerally."""
        return True

    @property
    def lasts(self) -> bool:
        """No: only whoever got the interaction can answer it, and not for long."""
        return False

    def at_work(self) -> AbstractAsyncContextManager[None]:
        """Nothing to do: Discord shows that itself."""
        return nullcontext()

    async def hold(self, patience: float) -> None:
        """Tell Discord after `patience` seconds that a reply will come, unless it is there."""
        await asyncio.sleep(patience)
        async with self._lock:
            if not self._interaction.response.is_done():
                with suppress(discord.HTTPException):
                    await self._interaction.response.defer(thinking=not self._over)

    async def draft(self, outgoing: OutgoingMessage) -> None:
        """Show it as the response, edited for every later one."""
        async with self._lock:
            with suppress(discord.HTTPException):
                await self._put(outgoing, private=False)

    async def finish(
        self, messages: Sequence[OutgoingMessage], *, private: bool = False, replaces: bool = False
    ) -> None:
        """Make the first message the response, let the others follow."""
        async with self._lock:
            first, *others = messages
            pressed = self._interaction.message if replaces and not private else None
            if pressed is not None and not self._interaction.response.is_done():
                self._over = True
            elif pressed is not None and not self._over:
                # "Thinking" is shown, or a draft: a message of its own, which goes once the pressed one is changed.
                with suppress(discord.HTTPException):
                    await _edit(pressed.edit, first)
                    await self._interaction.delete_original_response()
                    return
            await repeat_while_busy(partial(self._put, first, private=private), self._retry_seconds)
            for outgoing in others:
                await repeat_while_busy(partial(self._follow, outgoing, private=private), self._retry_seconds)

    async def drop(self) -> None:
        """Take back the promise of a reply."""
        async with self._lock:
            if self._interaction.response.is_done() and not self._over:
                with suppress(discord.HTTPException):
                    await self._interaction.delete_original_response()

    async def _put(self, outgoing: OutgoingMessage, *, private: bool) -> None:
        """Make it the response; what is private is hidden even where something was begun for all to see."""
        interaction, response = self._interaction, self._interaction.response
        if not response.is_done() and self._over and not private:
            await _edit(response.edit_message, outgoing)
        elif not response.is_done():
            await response.send_message(outgoing.text or None, **_contents(outgoing), ephemeral=private)
        elif not private:
            await _edit(interaction.edit_original_response, outgoing)
        elif self._over:
            await self._follow(outgoing, private=True)
        else:
            # While Discord shows "thinking", whatever comes next takes its place, for all to see.
            await interaction.edit_original_response(content="…", attachments=[], view=None)
            await self._follow(outgoing, private=True)
            with suppress(discord.HTTPException):
                await interaction.delete_original_response()

    async def _follow(self, outgoing: OutgoingMessage, *, private: bool) -> None:
        followup = self._interaction.followup
        await followup.send(outgoing.text or _MISSING, **_contents(outgoing), ephemeral=private)


class OnceReply:
    """A reply of which the inbox is told before anything of it is sent, so that none is sent twice."""

    def __init__(self, target: ReplyTarget, taken: Taken) -> None:
        self._target, self._taken = target, taken
        self._is_final = False

    @property
    def limit(self) -> int:
        """As the target's."""
        return self._target.limit

    @property
    def hides(self) -> bool:
        """As the target's."""
        return self._target.hides

    @property
    def lasts(self) -> bool:
        """As the target's."""
        return self._target.lasts

    @property
    def arrived(self) -> bool:
        """As the target's."""
        return self._target.arrived

    def at_work(self) -> AbstractAsyncContextManager[None]:
        """As the target's."""
        return self._target.at_work()

    async def draft(self, outgoing: OutgoingMessage) -> None:
        """As the target's. Raises `AlreadySent`."""
        await self._taken.begin_sending()
        await self._target.draft(outgoing)

    async def finish(
        self, messages: Sequence[OutgoingMessage], *, private: bool = False, replaces: bool = False
    ) -> None:
        """As the target's. Raises `AlreadySent`, too."""
        await self._taken.begin_sending()
        self._is_final = True
        await self._target.finish(messages, private=private, replaces=replaces)

    async def drop(self) -> None:
        """As the target's."""
        await self._target.drop()

    async def keep(self) -> None:
        """Leave it in the inbox until Discord is within reach again, if nothing of it has arrived."""
        if self.lasts and not self.arrived:
            await self._taken.not_sent()

    async def put_off(self) -> bool:
        """Leave it to the next process, if that can answer and nothing final was sent.

        Returns whether the person must be told that there will be no answer.
        """
        if self._is_final or not self._target.lasts:
            return not self._is_final
        await self._target.drop()
        await self._taken.not_sent()
        return False


def never_arrived(error: Exception) -> bool:
    """Whether a call surely didn't get through to Discord: there was no connection to send it over."""
    return isinstance(error, aiohttp.ClientConnectorError)


async def repeat_while_busy(call: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Make the call again while Discord is too busy to take it, `seconds` later at first or when Discord says.

    discord.py has waited and tried several times by then. Raises the last `discord.HTTPException`.
    """
    trying = stamina.retry_context(
        _wait_after, attempts=_TRIES, timeout=None, wait_initial=seconds, wait_jitter=0, wait_max=_LONGEST_WAIT
    )
    async for attempt in trying:
        with attempt:
            await call()


def _wait_after(error: Exception) -> bool | float:
    """Whether to make a call again, or after how many seconds where Discord says so."""
    if not isinstance(error, discord.HTTPException) or (error.status != 429 and error.status < 500):
        return False
    try:
        return min(_LONGEST_WAIT, float(error.response.headers["Retry-After"])) or True
    except (KeyError, ValueError):
        return True


def _contents(outgoing: OutgoingMessage) -> dict[str, Any]:
    return {"files": outgoing.uploads(), "view": outgoing.view or _MISSING}


async def _edit(edit: Callable[..., Awaitable[object]], outgoing: OutgoingMessage) -> None:
    await edit(content=outgoing.text or None, embeds=[], attachments=outgoing.uploads(), view=outgoing.view)
