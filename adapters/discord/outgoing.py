"""One answer on its way to Discord: any number of drafts, then the final reply."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any, Protocol, TypeVar

import discord

from adapters.discord.desk import Interaction
from adapters.discord.wording import Part

_MISSING = discord.utils.MISSING
_SMALLEST_LIMIT = 10 << 20  # bytes of a file, where Discord doesn't say
_TRIES = 4
_LONGEST_WAIT = 60.0
_TYPING = 8.0  # seconds; Discord shows it for ten
T = TypeVar("T")


class Outlet(Protocol):
    """Where one answer goes."""

    @property
    def limit(self) -> int:
        """The most bytes of a file that can be sent there."""
        ...

    @property
    def hides(self) -> bool:
        """Whether an answer there can be seen by who asked alone."""
        ...

    def at_work(self) -> AbstractAsyncContextManager[None]:
        """Show that an answer is on its way."""
        ...

    async def draft(self, text: str) -> None:
        """Show how far the answer has come. A draft that Discord won't take is no loss."""
        ...

    async def finish(self, parts: Sequence[Part], *, private: bool) -> None:
        """Send the answer; `private`: to who asked alone. Raises `discord.HTTPException`."""
        ...

    async def drop(self) -> None:
        """There will be no answer: take back what was shown of one."""
        ...


class ChannelOutlet:
    """An answer to a message: in its channel, as a reply to it."""

    def __init__(self, message: discord.Message, retry_seconds: float) -> None:
        self._message, self._retry_seconds = message, retry_seconds
        self._draft: discord.Message | None = None

    @property
    def limit(self) -> int:
        """The most bytes of a file that the server takes."""
        return self._message.guild.filesize_limit if self._message.guild else _SMALLEST_LIMIT

    @property
    def hides(self) -> bool:
        """Only where nobody else is: what stands in a server's channel is for all."""
        return self._message.guild is None

    def at_work(self) -> AbstractAsyncContextManager[None]:
        """Typing, in the channel."""
        return _typing(self._message.channel)

    async def draft(self, text: str) -> None:
        """Send the first draft, edit it for every later one."""
        with suppress(discord.HTTPException):
            if self._draft is None:
                self._draft = await self._send(self._message.channel, Part(text), answers=True)
            else:
                await self._draft.edit(content=text)

    async def finish(self, parts: Sequence[Part], *, private: bool) -> None:
        """Turn the draft into the first message, send the others; what is private goes by direct message."""
        if private and self._message.guild is not None:
            await self.drop()
            for part in parts:
                await self._insist_on(self._message.author, part, answers=False)
            return
        for number, part in enumerate(parts):
            draft, self._draft = self._draft, None
            if draft is not None:
                await insist(lambda: _edit(draft, part), self._retry_seconds)  # noqa: B023 - awaited at once
            else:
                await self._insist_on(self._message.channel, part, answers=number == 0)

    async def drop(self) -> None:
        """Delete the draft."""
        draft, self._draft = self._draft, None
        if draft is not None:
            with suppress(discord.HTTPException):
                await draft.delete()

    async def _insist_on(self, place: discord.abc.Messageable, part: Part, *, answers: bool) -> None:
        # By its nonce Discord knows a message that it took, though it said that something went wrong.
        nonce = secrets.randbits(63)
        await insist(lambda: self._send(place, part, nonce, answers=answers), self._retry_seconds)

    async def _send(
        self, place: discord.abc.Messageable, part: Part, nonce: int | None = None, *, answers: bool
    ) -> discord.Message:
        more: dict[str, Any] = {
            "embeds": part.embeds,
            "files": part.uploads(),
            "view": part.view,
            "reference": self._message.to_reference(fail_if_not_exists=False) if answers else None,
            "nonce": nonce,
        }
        sent: discord.Message = await place.send(part.text or None, **more)
        return sent


class InteractionOutlet:
    """An answer to a command, a menu or a button.

    Discord waits three seconds for a response. One that is ready by then is the response itself, and can be
    for one person alone; for a later one `hold` must have told Discord that it will come. With `over` the
    answer takes the place of the message whose button was pressed.
    """

    def __init__(self, interaction: Interaction, retry_seconds: float, *, over: bool = False) -> None:
        self._interaction, self._retry_seconds, self._over = interaction, retry_seconds, over
        self._gate = asyncio.Lock()

    @property
    def limit(self) -> int:
        """The most bytes of a file that can be sent there."""
        return self._interaction.filesize_limit

    @property
    def hides(self) -> bool:
        """Yes: ephemerally."""
        return True

    def at_work(self) -> AbstractAsyncContextManager[None]:
        """Nothing to do: Discord shows that itself."""
        return nullcontext()

    async def hold(self, patience: float) -> None:
        """Tell Discord after a while that an answer will come, unless it is there."""
        await asyncio.sleep(patience)
        async with self._gate:
            if not self._interaction.response.is_done():
                with suppress(discord.HTTPException):
                    await self._interaction.response.defer(thinking=not self._over)

    async def draft(self, text: str) -> None:
        """Show it as the response, edited for every later one."""
        async with self._gate:
            with suppress(discord.HTTPException):
                await self._put(Part(text), private=False)

    async def finish(self, parts: Sequence[Part], *, private: bool) -> None:
        """Make the first message the response, let the others follow."""
        async with self._gate:
            first, *others = parts
            await insist(lambda: self._put(first, private=private), self._retry_seconds)
            for part in others:
                await insist(lambda: self._follow(part, private=private), self._retry_seconds)  # noqa: B023 - awaited at once

    async def drop(self) -> None:
        """Take back the promise of an answer."""
        async with self._gate:
            if self._interaction.response.is_done() and not self._over:
                with suppress(discord.HTTPException):
                    await self._interaction.delete_original_response()

    async def _put(self, part: Part, *, private: bool) -> None:
        response = self._interaction.response
        if not response.is_done():
            await (self._replace(part) if self._over and not private else self._respond(part, private=private))
        elif private:
            await self._hide(part)
        else:
            await self._interaction.edit_original_response(
                content=part.text, embeds=part.embeds, attachments=part.uploads(), view=part.view
            )

    async def _hide(self, part: Part) -> None:
        """Answer one person where something was begun for all to see: that goes, and a hidden one comes."""
        if self._over:
            await self._follow(part, private=True)
            return
        # While Discord shows "thinking", whatever comes next takes its place, for all to see.
        await self._interaction.edit_original_response(content="…", embeds=[], attachments=[], view=None)
        await self._follow(part, private=True)
        with suppress(discord.HTTPException):
            await self._interaction.delete_original_response()

    async def _replace(self, part: Part) -> None:
        await self._interaction.response.edit_message(
            content=part.text, embeds=part.embeds, attachments=part.uploads(), view=part.view
        )

    async def _respond(self, part: Part, *, private: bool) -> None:
        await self._interaction.response.send_message(
            part.text or None,
            embeds=part.embeds,
            files=part.uploads(),
            view=part.view or _MISSING,
            ephemeral=private,
        )

    async def _follow(self, part: Part, *, private: bool) -> None:
        await self._interaction.followup.send(
            part.text or _MISSING,
            embeds=part.embeds,
            files=part.uploads(),
            view=part.view or _MISSING,
            ephemeral=private,
        )


async def insist(call: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Make the call again while Discord is too busy to take it; `seconds` is the first wait.

    discord.py has waited and tried several times by then. Raises the last `discord.HTTPException`.
    """
    for tries in range(_TRIES - 1):
        try:
            return await call()
        except discord.HTTPException as error:
            if error.status != 429 and error.status < 500:
                raise
            await asyncio.sleep(max(seconds * 2**tries, _retry_after(error)))
    return await call()


@asynccontextmanager
async def _typing(channel: discord.abc.Messageable) -> AsyncIterator[None]:
    """Show in the channel that the bot is at work."""
    showing = asyncio.create_task(_show_typing(channel))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _show_typing(channel: discord.abc.Messageable) -> None:
    while True:
        with suppress(discord.HTTPException):
            await channel.typing()
        await asyncio.sleep(_TYPING)


async def _edit(message: discord.Message, part: Part) -> None:
    await message.edit(content=part.text, embeds=part.embeds, attachments=part.uploads(), view=part.view)


def _retry_after(error: discord.HTTPException) -> float:
    """How long Discord asks to be left in peace."""
    try:
        return min(_LONGEST_WAIT, float(error.response.headers.get("Retry-After", 0)))
    except ValueError:
        return 0.0
