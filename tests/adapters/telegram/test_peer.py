"""The peer is as strict as Telegram: what it lets through has been looked at."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable

import PIL.Image
import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest

from tests.support.peers.telegram import TOKEN, TelegramPeer

Call = Callable[[Bot], Awaitable[object]]


def picture(width: int, height: int) -> bytes:
    out = io.BytesIO()
    PIL.Image.new("L", (width, height)).save(out, "PNG")
    return out.getvalue()


def buttons(*rows: int, data: str = "/a") -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("a", callback_data=data)] * row for row in rows])


BROKEN: dict[str, Call] = {
    "a text of 4097": lambda bot: bot.send_message(7, "x" * 4097),
    "a text of 2049 emoji": lambda bot: bot.send_message(7, "\N{DOG FACE}" * 2049),
    "an empty text": lambda bot: bot.send_message(7, " "),
    "hand-made Markdown": lambda bot: bot.send_message(7, "*a*", parse_mode="MarkdownV2"),
    "an entity outside": lambda bot: bot.send_message(7, "a", entities=[MessageEntity("bold", 0, 2)]),
    "a caption of 1025": lambda bot: bot.send_photo(7, picture(9, 9), "x" * 1025),
    "a photo too thin": lambda bot: bot.send_photo(7, picture(210, 10)),
    "a photo too wide": lambda bot: bot.send_photo(7, picture(6000, 4001)),
    "an album of one": lambda bot: bot.send_media_group(7, [InputMediaPhoto(picture(9, 9))]),
    "an album of eleven": lambda bot: bot.send_media_group(7, [InputMediaPhoto(picture(9, 9))] * 11),
    "nine buttons in a row": lambda bot: bot.send_message(7, "a", reply_markup=buttons(9)),
    "a button of 65 bytes": lambda bot: bot.send_message(7, "a", reply_markup=buttons(1, data="x" * 65)),
    "an answer in another topic": lambda bot: bot.send_message(-5, "a", reply_parameters=ReplyParameters(1)),
    "a draft in a group": lambda bot: bot.send_message_draft(-5, 1, "a"),
    "an alert of 201": lambda bot: bot.answer_callback_query("q", "x" * 201),
    "101 commands": lambda bot: bot.set_my_commands([BotCommand("a", "b")] * 101),
    "a webhook without https": lambda bot: bot.set_webhook("http://x", secret_token="s"),  # noqa: S106
}


@pytest.mark.parametrize("rule", BROKEN)
async def test_what_breaks_a_rule_is_refused_and_put_down(rule: str) -> None:
    peer = TelegramPeer()
    peer.messages[-5, 1] = {"from": {}, "message_thread_id": 3, "is_topic_message": True}
    async with Bot(TOKEN, request=peer, get_updates_request=peer) as bot:
        with pytest.raises(BadRequest):
            await BROKEN[rule](bot)
    assert len(peer.violations) == 1


async def test_going_too_fast_is_put_down() -> None:
    now = [0.0]
    peer = TelegramPeer(clock=lambda: now[0])
    async with Bot(TOKEN, request=peer, get_updates_request=peer) as bot:
        await bot.send_message(7, "one")
        await bot.send_chat_action(7, "typing")
        now[0] = 0.9
        await bot.send_message(7, "two")
        assert len(peer.violations) == 1
        for number in range(21):
            now[0] = 2.0 + 2 * number
            await bot.send_message(-5, "three")
        assert len(peer.violations) == 2
        for chat in range(100, 131):
            await bot.send_message(chat, "four")
        assert len(peer.violations) > 2


async def test_an_edit_that_changes_nothing_is_refused_but_breaks_no_rule() -> None:
    now = [0.0]
    peer = TelegramPeer(clock=lambda: now[0])
    async with Bot(TOKEN, request=peer, get_updates_request=peer) as bot:
        sent = await bot.send_message(7, "one")
        now[0] = 9
        with pytest.raises(BadRequest, match="not modified"):
            await bot.edit_message_text("one", 7, sent.message_id)
    assert peer.violations == []
