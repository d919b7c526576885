"""Our replies in Telegram's manners: drafts while the answer grows, then messages, photos and files."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import PIL.Image
import structlog
import telegram
from telegram import InputFile, InputMediaPhoto, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, TelegramError
from telegram.ext import ExtBot

from adapters.telegram.limits import DRAFT
from adapters.telegram.options import Clock
from adapters.telegram.wording import LONGEST_CAPTION, bold, keyboard, pieces, units
from core.images.contact_sheet import picture_of
from core.messages import Attachment, Card, Reply

_log = structlog.get_logger(__name__)
_TYPING = 4.5  # seconds; Telegram shows it for five
_SOON = 0.4  # seconds within which an answer needs no announcement
_DRAFT_ID = 1  # a chat has one answer growing at a time
_MOST_IN_AN_ALBUM = 10
_LARGEST_UPLOAD = 50_000_000
_LARGEST_PHOTO, _WIDEST_PHOTO, _THINNEST_PHOTO = 10_000_000, 10_000, 20  # bytes, pixels, ratio

Moved = Callable[[int, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer belongs: the chat, the topic if any, and the message it answers to."""

    chat_id: int
    private: bool
    thread_id: int | None = None
    reply_to: int | None = None

    def arguments(self) -> dict[str, Any]:
        """Where every message of the answer goes."""
        return {"chat_id": self.chat_id, "message_thread_id": self.thread_id}

    def first(self) -> dict[str, Any]:
        """Where the first one goes: it answers to what was asked, if that is still there."""
        if self.reply_to is None:
            return {}
        return {"reply_parameters": ReplyParameters(self.reply_to, allow_sending_without_reply=True)}


class Outgoing:
    """One answer on its way: any number of drafts, then the final reply.

    `moved` is told when the group turns out to go on under another id.
    """

    def __init__(self, bot: ExtBot[bool], place: Place, moved: Moved) -> None:
        self._bot, self._place, self._moved = bot, place, moved
        self._draft: telegram.Message | None = None
        self._shown = ""
        self.sent: list[int] = []

    async def draft(self, text: str) -> None:
        """Show how far the answer has come. A draft that can't be sent now is no loss."""
        text = "".join(pieces(text)[:1])
        if not text or text == self._shown:
            return
        with suppress(TelegramError):
            if self._place.private:
                await self._draft_in_private(text)
            elif self._draft is None:
                self._draft = await self._bot.send_message(
                    text=text, rate_limit_args=DRAFT, **self._place.arguments(), **self._place.first()
                )
            else:
                await self._bot.edit_message_text(
                    text, self._place.chat_id, self._draft.message_id, rate_limit_args=DRAFT
                )
            self._shown = text

    async def _draft_in_private(self, text: str) -> None:
        place = self._place
        await self._bot.send_message_draft(
            place.chat_id, _DRAFT_ID, text, message_thread_id=place.thread_id, rate_limit_args=DRAFT
        )

    async def finish(self, reply: Reply) -> None:
        """Send the final reply; the ids of its messages are in `sent`. Raises `TelegramError`."""
        if reply.cards:
            reply = replace(reply, image=await asyncio.to_thread(picture_of, reply))
        if reply.image is not None or reply.silent:
            await self._drop_draft()
        if reply.silent:
            return
        texts = pieces(reply.text)
        if reply.image is not None and await self._picture(reply):
            texts = texts if units(reply.text) > LONGEST_CAPTION else []
        for number, text in enumerate(texts, 1):
            await self._text(reply, text, last=number == len(texts))
        for attachment in reply.attachments:
            await self._file(attachment)

    # ── the pieces ────────────────────────────────────────────────────────────────────────────────

    async def _text(self, reply: Reply, text: str, *, last: bool) -> None:
        more = {"entities": bold(text, reply), "reply_markup": keyboard(reply.buttons) if last else None}
        if not await self._complete_draft(text, more):
            await self._send(self._bot.send_message, text=text, **more)

    async def _complete_draft(self, text: str, more: dict[str, Any]) -> bool:
        """Let the draft become the answer; false when there is none (any more)."""
        draft, self._draft = self._draft, None
        if draft is None:
            return False
        try:
            await self._bot.edit_message_text(text, self._place.chat_id, draft.message_id, **more)
        except BadRequest as error:
            if "not modified" not in error.message:
                return False
        self.sent.append(draft.message_id)
        return True

    async def _picture(self, reply: Reply) -> bool:
        """Send the picture, with the text if it is short enough; false when the chat takes no pictures."""
        caption = reply.text.strip() if units(reply.text) <= LONGEST_CAPTION else ""
        # The photos of one are an album; the faces of many are one picture already.
        pictures = [card for card in reply.cards if card.image and card.photos is None][:_MOST_IN_AN_ALBUM]
        try:
            if len(pictures) > 1:
                await self._album(reply, pictures, caption)
            else:
                await self._photo(reply, caption)
        except BadRequest as error:
            reason = error.message.casefold()
            if "not enough rights" not in reason and "forbidden" not in reason:
                raise
            return False
        return True

    async def _photo(self, reply: Reply, caption: str) -> None:
        assert reply.image is not None  # noqa: S101 - for mypy: `finish` has looked
        picture = InputFile(reply.image, "picture.jpg")
        more = {
            "caption": caption or None,
            "caption_entities": bold(caption, reply),
            "reply_markup": keyboard(reply.buttons) if caption or not reply.text else None,
        }
        if await asyncio.to_thread(_fits, reply.image):
            await self._send(self._bot.send_photo, photo=picture, **more)
        else:
            await self._send(self._bot.send_document, document=picture, **more)

    async def _album(self, reply: Reply, cards: Sequence[Card], caption: str) -> None:
        """The cards' pictures in one go; the text stands under the first."""
        media = [
            InputMediaPhoto(
                InputFile(card.image or b"", "picture.jpg", attach=True),
                caption=(caption or None) if number == 0 else "".join(pieces(card.text, LONGEST_CAPTION)[:1]),
                caption_entities=bold(caption, reply) if number == 0 else None,
            )
            for number, card in enumerate(cards)
        ]
        await self._send(self._bot.send_media_group, media=media)

    async def _file(self, attachment: Attachment) -> None:
        await self._send(self._bot.send_document, document=InputFile(attachment.data, attachment.name))

    async def _send(self, method: Callable[..., Awaitable[Any]], **what: Any) -> None:
        first = self._place.first() if not self.sent else {}
        try:
            sent = await method(**self._place.arguments(), **first, **what)
        except ChatMigrated as error:
            await self._moved(self._place.chat_id, error.new_chat_id)
            self._place = replace(self._place, chat_id=error.new_chat_id, thread_id=None, reply_to=None)
            sent = await method(**self._place.arguments(), **what)
        self.sent += [one.message_id for one in (sent if isinstance(sent, tuple) else (sent,))]

    async def _drop_draft(self) -> None:
        if self._draft is not None:
            draft, self._draft = self._draft, None
            with suppress(TelegramError):
                await self._bot.delete_message(self._place.chat_id, draft.message_id)


@asynccontextmanager
async def typing(bot: ExtBot[bool], place: Place, clock: Clock) -> AsyncIterator[None]:
    """Show that the bot is at work, unless it is quick."""
    showing = asyncio.create_task(_show_typing(bot, place, clock))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _show_typing(bot: ExtBot[bool], place: Place, clock: Clock) -> None:
    await clock.sleep(_SOON)
    while True:
        with suppress(TelegramError):
            await bot.send_chat_action(action=ChatAction.TYPING, **place.arguments())
        await clock.sleep(_TYPING)


def too_large(attachment: Attachment) -> bool:
    """Whether Telegram would not take the file."""
    return len(attachment.data) > _LARGEST_UPLOAD


def _fits(jpeg: bytes) -> bool:
    """Whether Telegram takes the picture as a photo."""
    with PIL.Image.open(io.BytesIO(jpeg)) as picture:
        width, height = picture.size
    slim = max(width, height) <= _THINNEST_PHOTO * min(width, height)
    return len(jpeg) <= _LARGEST_PHOTO and width + height <= _WIDEST_PHOTO and slim
