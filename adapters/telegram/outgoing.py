"""Our replies in Telegram's terms: drafts while the answer grows, then messages, photos and files."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import PIL.Image
import structlog
import telegram
from telegram import InputFile, InputMediaPhoto, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError
from telegram.ext import ExtBot

from adapters.telegram.limits import DRAFT, Pace
from adapters.telegram.options import Clock
from adapters.telegram.wording import LONGEST_CAPTION, LONGEST_TEXT, bold, keyboard, split_for_telegram, uncalled, units
from core.images.contact_sheet import picture_of
from core.messages import Attachment, Reply
from core.platforms.background import repeating
from core.platforms.sentences import numbered

_log = structlog.get_logger(__name__)
_TYPING = 4.5  # seconds; Telegram shows it for five
_SOON = 0.4  # seconds within which an answer needs no announcement
_DRAFT_ID = 1  # a chat has one answer growing at a time
_MOST_IN_AN_ALBUM = 10
_LARGEST_UPLOAD = 50_000_000
_LARGEST_PHOTO, _WIDEST_PHOTO, _THINNEST_PHOTO = 10_000_000, 10_000, 20  # bytes, pixels, ratio

Moved = Callable[[int, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an answer belongs: the chat, the topic if any, and the message it answers to."""

    chat_id: int
    private: bool
    thread_id: int | None = None
    reply_to: int | None = None

    def arguments(self, *, first: bool = False) -> dict[str, Any]:
        """The arguments that bring a message there; the first one answers to what was asked, if that still exists."""
        arguments: dict[str, Any] = {"chat_id": self.chat_id, "message_thread_id": self.thread_id}
        if first and self.reply_to is not None:
            arguments["reply_parameters"] = ReplyParameters(self.reply_to, allow_sending_without_reply=True)
        return arguments


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button: its query, and the message under which it stands, which may be a picture."""

    query_id: str
    message_id: int
    pictured: bool = False


class OutgoingReply:
    """One answer on its way: any number of drafts, then the final reply.

    `moved` is called when the group turns out to go on under another id, `before` each time before a part of the final
    reply goes out. `sent` holds the ids of its messages.
    """

    def __init__(
        self, bot: ExtBot[Pace], destination: Destination, moved: Moved, before: Callable[[], Awaitable[None]]
    ) -> None:
        self._bot, self._destination, self._moved, self._before = bot, destination, moved, before
        self._draft: telegram.Message | None = None
        self._shown = ""
        self.sent: list[int] = []

    @property
    def destination(self) -> Destination:
        """Where it goes."""
        return self._destination

    async def draft(self, reply: Reply) -> None:
        """Show how far the answer has come. A draft that can't be sent now is no loss."""
        text, buttons = "".join(split_for_telegram(uncalled(reply.text))[:1]), keyboard(reply.buttons)
        if not text or text == self._shown:
            return
        to, arguments = self._destination, self._destination.arguments(first=self._draft is None)
        with suppress(TelegramError):
            if to.private and buttons is None:  # Telegram's own drafts have no buttons
                await self._bot.send_message_draft(
                    to.chat_id, _DRAFT_ID, text, message_thread_id=to.thread_id, rate_limit_args=DRAFT
                )
            elif self._draft is None:
                self._draft = await self._bot.send_message(
                    text=text, reply_markup=buttons, rate_limit_args=DRAFT, **arguments
                )
            else:
                await self._bot.edit_message_text(
                    text, to.chat_id, self._draft.message_id, reply_markup=buttons, rate_limit_args=DRAFT
                )
            self._shown = text

    async def finish(self, reply: Reply, press: Press | None = None, alone: int | None = None) -> None:
        """Send the final reply, in place of the message whose button was pressed if it `replaces` that.

        In a group a private reply shows to `alone`, whose id that is, where Telegram can do so. Raises `TelegramError`.
        """
        cards = tuple(replace(one, text=uncalled(one.text)) for one in reply.cards)
        reply = await asyncio.to_thread(_with_sendable_pictures, replace(reply, text=uncalled(reply.text), cards=cards))
        replaced = press if reply.replaces else None
        if self._draft is not None and (reply.image is not None or reply.silent or replaced):
            draft, self._draft = self._draft, None
            await self._delete(draft.message_id)
        if reply.silent or (replaced and not reply.attachments and await self._replace(reply, replaced)):
            return
        texts = split_for_telegram(reply.text)
        if reply.image is not None and await self._send_picture(reply, reply.image):
            texts = texts if units(reply.text) > LONGEST_CAPTION else []
        for number, text in enumerate(texts, 1):
            buttons = keyboard(reply.buttons) if number == len(texts) else None
            more: dict[str, Any] = {"entities": bold(text, reply), "reply_markup": buttons}
            growing, self._draft = self._draft, None  # it becomes the answer
            to = self._destination.chat_id
            edit = partial(self._bot.edit_message_text, text, to, rate_limit_args=self._before, **more)
            if growing and await _is_edited(edit(message_id=growing.message_id)):
                self.sent.append(growing.message_id)
            else:
                await self._send_text(text, alone if reply.private else None, more)
        for attachment in reply.attachments:
            await self._send(self._bot.send_document, document=InputFile(attachment.data, attachment.name))

    async def _replace(self, reply: Reply, press: Press) -> bool:
        """Let the reply be what the pressed message says from now on.

        False, and that message is gone, where Telegram can't make the one out of the other.
        """
        text, edit = reply.text.strip(), None
        more: dict[str, Any] = {"chat_id": self._destination.chat_id, "message_id": press.message_id}
        more |= {"reply_markup": keyboard(reply.buttons), "rate_limit_args": self._before}
        if reply.image is None and not press.pictured and units(text) <= LONGEST_TEXT:
            edit = self._bot.edit_message_text(text, entities=bold(text, reply), **more)
        elif reply.image and units(text) <= LONGEST_CAPTION and await asyncio.to_thread(_is_sent_as_photo, reply.image):
            file = InputFile(reply.image, "picture.jpg", attach=True)
            picture = InputMediaPhoto(file, caption=text or None, caption_entities=bold(text, reply))
            edit = self._bot.edit_message_media(picture, **more)
        if edit is not None and await _is_edited(edit):
            self.sent.append(press.message_id)
            return True
        await self._delete(press.message_id)
        return False

    async def _delete(self, message_id: int) -> None:
        with suppress(TelegramError):
            await self._bot.delete_message(self._destination.chat_id, message_id)

    async def _send_picture(self, reply: Reply, image: bytes) -> bool:
        """Send the picture, with the text if it is short enough; false when Telegram doesn't take it there."""
        caption = reply.text.strip() if units(reply.text) <= LONGEST_CAPTION else ""
        more = {"caption": caption or None, "caption_entities": bold(caption, reply)}
        buttons = keyboard(reply.buttons) if caption or not reply.text else None
        # The photos of one concept are an album; the faces of many are one picture already.
        cards = [card for card in reply.cards if card.image and card.photos is None][:_MOST_IN_AN_ALBUM]
        album = [
            InputMediaPhoto(
                InputFile(card.image or b"", "picture.jpg", attach=True),
                **(
                    more
                    if number == 0
                    else {"caption": "".join(split_for_telegram(numbered(card), LONGEST_CAPTION)[:1])}
                ),
            )
            for number, card in enumerate(cards)
        ]
        picture = InputFile(image, "picture.jpg")
        try:
            if len(album) > 1:
                await self._send(self._bot.send_media_group, media=album)
            elif await asyncio.to_thread(_is_sent_as_photo, image):
                await self._send(self._bot.send_photo, photo=picture, reply_markup=buttons, **more)
            else:
                await self._send(self._bot.send_document, document=picture, reply_markup=buttons, **more)
        except BadRequest as error:  # the chat takes no pictures, or Telegram not this one
            _log.info("telegram.no_picture", error=type(error).__name__)
            return False
        return True

    async def _send_text(self, text: str, alone: int | None, more: dict[str, Any]) -> None:
        """Send a text; to one person of a group where Telegram knows that (Bot API 10.2), otherwise to all of it."""
        if alone is not None and not self._destination.private:
            with suppress(BadRequest, Forbidden):
                await self._send(self._bot.send_message, text=text, api_kwargs={"receiver_user_id": alone}, **more)
                return
        await self._send(self._bot.send_message, text=text, **more)

    async def _send(self, method: Callable[..., Awaitable[Any]], **what: Any) -> None:
        try:
            first = self._destination.arguments(first=not self.sent)
            sent = await method(**first, rate_limit_args=self._before, **what)
        except ChatMigrated as error:
            await self._moved(self._destination.chat_id, error.new_chat_id)
            self._destination = replace(self._destination, chat_id=error.new_chat_id, thread_id=None, reply_to=None)
            sent = await method(**self._destination.arguments(), **what)
        self.sent += [one.message_id for one in (sent if isinstance(sent, tuple) else (sent,))]


async def _is_edited(edit: Awaitable[Any]) -> bool:
    """Whether a message says that now; false when it can't, as when somebody has deleted it."""
    try:
        await edit
    except BadRequest as error:
        return "not modified" in error.message
    return True


def typing(bot: ExtBot[Pace], destination: Destination, clock: Clock) -> AbstractAsyncContextManager[None]:
    """Show while the block runs that the bot is at work, unless it is quick."""

    async def show() -> None:
        await bot.send_chat_action(action=ChatAction.TYPING, **destination.arguments())

    return repeating(show, _TYPING, ignoring=TelegramError, after=_SOON, sleep=clock.sleep)


def too_large(attachment: Attachment) -> bool:
    """Whether Telegram would not take the file."""
    return len(attachment.data) > _LARGEST_UPLOAD


def _with_sendable_pictures(reply: Reply) -> Reply:
    """The reply without the pictures that Telegram would refuse: its words are left. A gallery has one of all."""
    cards = tuple(one if _is_sent_as_photo(one.image) else replace(one, image=None) for one in reply.cards)
    image = picture_of(replace(reply, cards=cards)) if cards else reply.image
    return replace(reply, cards=cards, image=image if image and len(image) <= _LARGEST_UPLOAD else None)


def _is_sent_as_photo(jpeg: bytes | None) -> bool:
    """Whether it is a picture that Telegram takes as a photo."""
    if jpeg is None:
        return False
    with PIL.Image.open(io.BytesIO(jpeg)) as picture:
        width, height = picture.size
    slim = max(width, height) <= _THINNEST_PHOTO * min(width, height)
    return len(jpeg) <= _LARGEST_PHOTO and width + height <= _WIDEST_PHOTO and slim
