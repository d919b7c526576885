"""Telegram from end to end: raw updates posted to the webhook, a strict Bot API behind it."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from telegram import Chat as TelegramChat
from telegram.ext import ExtBot

from adapters.telegram.attachments import TelegramFiles
from adapters.telegram.groups import Groups
from adapters.telegram.incoming import Origins
from adapters.telegram.limits import ChatLimiter
from adapters.telegram.options import Clock
from adapters.telegram.outgoing import Destination
from adapters.telegram.pointers import Pointers
from adapters.telegram.replies import TelegramReplies
from core.assistant.conversations import Conversations
from core.errors import StoreError
from core.i18n.translator import Translator
from core.messages import Chat, Message, Reply, Sender
from core.platforms.inbox import Inbox
from tests.support.clock import skip
from tests.support.encoded.films import film
from tests.support.encoded.quarters import saved
from tests.support.encoded.thin import thin
from tests.support.fakes import SlowTalker, blocks
from tests.support.peers.telegram import (
    BOT,
    TOKEN,
    Refused,
    TelegramPeer,
    chat,
    no_answer,
    not_connected,
    person,
)
from tests.support.peers.telegram_people import SPEED, People, quick_clock, telegram, words
from tests.support.stores import opened

RED, GREEN = blocks("red").data, blocks("green").data
GROUP, SUPERGROUP = -5, -1005
TOPIC = {"name": "Pets", "icon_color": 1}


def picture(*colours: str) -> PIL.Image.Image:
    with PIL.Image.open(io.BytesIO(blocks(*colours).data)) as read:
        return read.convert("RGB")


def bots(people: People, chat_id: int) -> list[dict[str, Any]]:
    """What the bot has said in a chat."""
    return [message for message in people.peer.sent(chat_id) if message["from"] is BOT]


def words_of(people: People, chat_id: int) -> list[str]:
    return [words(message) for message in bots(people, chat_id)]


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    async with telegram(tmp_path) as people:
        yield people


async def test_a_caption_command_remembers_and_the_next_photo_is_recognised(people: People) -> None:
    learnt = await people.ask("/remember bo", RED)
    assert words(learnt).startswith("Nice to meet bo!")
    assert learnt["photo"]
    seen = await people.ask("", RED)
    assert "That's bo" in words(seen)


# ── what people send ──────────────────────────────────────────────────────────────────────────────


async def test_an_album_with_a_command_is_one_concept_and_one_answer(people: People) -> None:
    other_view = blocks("red", "pink").data
    learnt = await people.ask("/remember bo", RED, other_view)
    assert words(learnt).startswith("Nice to meet bo! I have 2 photos now.")
    assert "2 photos" in words(await people.ask("/list"))  # nothing else came before this answer


async def test_the_list_is_one_picture_of_all_with_their_names_below(people: People) -> None:
    await people.ask("/remember bo", RED)
    await people.ask("/remember mia", GREEN)
    listed = await people.ask("/list")
    assert listed["photo"]
    assert words(listed).startswith("I know 2 names here:")
    assert not people.peer.made("sendMediaGroup")


async def test_two_albums_side_by_side_stay_apart(people: People) -> None:
    await people.say("/remember bo", RED, blocks("red", "pink").data)
    await people.say("/remember mia", GREEN, blocks("green", "pink").data)
    first, second = await people.answers(count=2)
    assert words(first).startswith("Nice to meet bo! I have 2 photos now.")
    assert words(second).startswith("Nice to meet mia! I have 2 photos now.")


async def test_a_photo_sent_as_a_document_is_a_photo(people: People) -> None:
    document = people.upload(RED, mime_type="image/png", file_name="bo.png")
    assert words(await people.ask("/remember bo", document=document)).startswith("Nice to meet bo!")


async def test_photos_and_videos_as_files_are_known_by_their_names_and_looked_at(people: People) -> None:
    untold = {"mime_type": "application/octet-stream"}
    heic = people.upload(saved(picture("red"), "HEIF"), file_name="IMG_1.HEIC", **untold)
    assert words(await people.ask("/remember bo", document=heic)).startswith("Nice to meet bo!")
    clip = film([PIL.Image.new("RGB", picture("red").size), picture("red")])
    asked: list[dict[str, Any]] = [
        {"document": people.upload(clip, file_name="IMG_2.MOV", **untold)},
        {"video": {**people.upload(clip), "duration": 1}},
        {"video_note": {**people.upload(clip), "length": 90, "duration": 1}},
        {"animation": {**people.upload(clip), "duration": 1}, "document": people.upload(clip, mime_type="video/mp4")},
    ]
    for one in asked:
        assert "That's bo" in words(await people.ask("", **one)), [*one]
    large = {**people.upload(clip), "duration": 1, "file_size": 21_000_000}
    assert "too large" in words(await people.ask("", video=large))


async def test_a_file_of_more_than_20_megabytes_is_refused_with_a_sentence(people: People) -> None:
    document = people.upload(RED, mime_type="image/png", file_name="bo.png", file_size=21_000_000)
    assert "20 MB is the most" in words(await people.ask("/remember bo", document=document))
    silent = people.upload(RED, mime_type="image/png")
    people.peer.sizes[silent["file_id"]] = 21_000_000  # Telegram tells only when it is asked for the file
    assert "20 MB is the most" in words(await people.ask("/remember bo", document=silent))


async def test_a_download_that_fails_is_told_to_the_person(people: People) -> None:
    people.peer.fail("getFile", Refused(400, "Bad Request: wrong file_id"))
    assert "couldn't fetch that" in words(await people.ask("/remember bo", RED))


async def test_remember_as_an_answer_to_somebody_elses_photo(people: People) -> None:
    photo = await people.say("", RED, chat_id=GROUP, sender=8)
    learnt = await people.ask("/remember bo", chat_id=GROUP, reply_to_message=photo)
    assert words(learnt).startswith("Nice to meet bo!")
    assert learnt["reply_to_message"]["text"] == "/remember bo"


async def test_an_answer_to_a_photo_of_before_the_start_fetches_it(people: People) -> None:
    old = people.message("", RED, GROUP, 8, {})
    assert words(await people.ask("/remember bo", chat_id=GROUP, reply_to_message=old)).startswith("Nice to meet bo!")


async def test_an_answer_to_the_bots_picture_means_the_photo_it_was_about(people: People) -> None:
    await people.ask("/remember bo", RED)
    answer = await people.ask("", RED)
    await people.ask("", GREEN)
    wrong = await people.ask("/wrong", reply_to_message=answer)
    assert "won't take that for bo again" in words(wrong)


async def test_a_command_behind_a_mention_is_a_command(people: People) -> None:
    assert words(await people.ask("@rapport_bot /remember bo", RED, chat_id=GROUP)).startswith("Nice to meet bo!")


async def test_a_command_with_a_full_width_slash_is_for_the_bot_in_a_group_too(people: People) -> None:
    learnt = await people.ask("／remember@rapport_bot bo｜dog", RED, chat_id=GROUP)
    assert words(learnt).startswith("Nice to meet bo!")


async def test_an_edited_message_is_not_answered_again(people: People) -> None:
    await people.ask("/remember bo", RED)
    edited = people.message("/remember mia", RED, 7, 7, {"message_id": 1, "edit_date": 1})
    assert (await people.post(edited_message=edited)).status_code == 200
    assert "I know 1 name here" in words(await people.ask("/list"))


async def test_an_edited_message_that_becomes_a_command_is_obeyed_once(people: People) -> None:
    photo = await people.say("hello", RED)
    await people.answers()
    for text in ("/remember bo", "/remember bob", "and what now?"):
        edited = people.message(text, None, 7, 7, {"message_id": photo["message_id"], "photo": photo["photo"]})
        edited |= {"caption": edited.pop("text"), "caption_entities": edited.pop("entities"), "edit_date": 1}
        assert (await people.post(edited_message=edited)).status_code == 200
    assert words((await people.answers())[0]).startswith("Nice to meet bo!")
    assert "I know 1 name here:\nbo" in words(await people.ask("/list"))


async def edit(people: People, message: dict[str, Any], text: str, after: int = 5) -> None:
    """Change a message's words, some seconds after they were sent."""
    chat_id, sender = message["chat"]["id"], message["from"]["id"]
    same: dict[str, Any] = {
        key: message[key] for key in ("message_id", "date", "photo", "reply_to_message") if key in message
    }
    edited = people.message(text, None, chat_id, sender, {**same, "edit_date": message["date"] + after})
    if "photo" in message and "text" in edited:
        edited |= {"caption": edited.pop("text"), "caption_entities": edited.pop("entities")}
    assert (await people.post(edited_message=edited)).status_code == 200


async def test_a_caption_that_is_edited_to_a_name_teaches_it_once(people: People) -> None:
    photo = await people.say("hello", RED)
    await people.answers()
    for after, text in enumerate(("tihs is fun", "this is Mia", "this is Mia!", "this is Max", "/forget Mia", "undo")):
        await edit(people, photo, text, after)
    assert words((await people.answers())[0]).startswith("Nice to meet Mia!")
    assert "I know 1 name here:\nMia" in words(await people.ask("/list"))


async def test_a_message_that_is_edited_to_a_wish_is_obeyed_once_and_to_talk_never(people: People) -> None:
    await people.ask("/remember bo", RED)
    slip = await people.say("froget bo")
    await people.answers()
    for after, text in enumerate(("fro", "why is the sky blue?", "who do you know?", "yes", "forget bo", "forget bo!")):
        await edit(people, slip, text, after)
    assert "forgotten bo" in words((await people.answers())[0])
    await people.ask("/remember bo", RED)
    await edit(people, slip, "forget bo, please", 9)
    assert "I know 1 name here:\nbo" in words(await people.ask("/list"))


async def test_plain_words_that_were_obeyed_are_not_obeyed_again_when_they_are_edited(people: People) -> None:
    said = await people.say("this is Mia", RED)
    assert words((await people.answers())[0]).startswith("Nice to meet Mia!")
    for after, text in enumerate(("this is Max", "forget Mia", "/forget Mia")):
        await edit(people, said, text, after)
    assert "I know 1 name here:\nMia" in words(await people.ask("/list"))


async def test_an_edited_message_is_about_the_photo_that_was_there_before_it(people: People) -> None:
    await people.ask("", RED)
    slip = await people.say("tihs is Mia")
    await people.answers()
    await edit(people, slip, "this is Mia", 0)
    assert words((await people.answers())[0]).startswith("Nice to meet Mia!")
    late = await people.say("tihs is Max")
    await people.answers()
    await people.ask("", GREEN)
    await edit(people, late, "this is Max", 3600)  # the photos have come since
    assert "photo" in words((await people.answers())[0])
    listed = words(await people.ask("/list"))
    assert "Mia" in listed
    assert "Max" not in listed


async def test_an_edit_that_would_teach_if_there_were_a_photo_is_told_so_and_talk_is_not(people: People) -> None:
    slip = await people.say("tihs is Max")
    await people.answers()
    for after, text in ((5, "this is fun"), (6, "who is that?"), (3600, "this is Max")):
        await edit(people, slip, text, after)
    (said,) = await people.answers()
    assert words(said) == "Send me a photo of Max, and I'll know them."
    assert words(await people.ask("", RED)).startswith("Nice to meet Max!")


@pytest.mark.parametrize(
    ("fault", "sentence"), [("wrong file_id", "couldn't fetch that"), ("file is too big", "20 MB is the most")]
)
async def test_an_edit_whose_photo_cannot_be_fetched_is_told_so_if_it_would_teach(
    people: People, fault: str, sentence: str
) -> None:
    people.peer.fail("getFile", Refused(400, f"Bad Request: {fault}"))
    lost = await people.say("look", RED)
    assert sentence in words((await people.answers())[0])
    for after, text in enumerate(("who is that?", "this is fun", "this is Max")):
        people.peer.fail("getFile", Refused(400, f"Bad Request: {fault}"))
        await edit(people, lost, text, after)
    assert sentence in words((await people.answers())[0])
    assert "don't know anyone" in words(await people.ask("/list"))


async def test_an_edit_whose_photo_was_fetched_before_teaches_though_it_is_gone_by_now(people: People) -> None:
    photo = await people.say("look", RED)
    await people.answers()
    people.peer.fail("getFile", Refused(400, "Bad Request: wrong file_id"))
    await edit(people, photo, "this is Max")
    assert words((await people.answers())[0]).startswith("Nice to meet Max!")


async def test_in_a_group_an_edit_that_is_not_for_the_bot_writes_nothing(tmp_path: Path) -> None:
    async with telegram(tmp_path) as people:
        await people.ask("/remember@rapport_bot bo", RED, chat_id=GROUP)
        photo = await people.say("look at that", GREEN, chat_id=GROUP)
        [file] = tmp_path.glob("*.db")
        with closing(sqlite3.connect(file)) as database:
            marks = "SELECT message FROM answered WHERE message LIKE 'edited%' OR message LIKE 'obeyed%'"
            for after, text in enumerate(("oh", "this is Mia", "forget bo")):
                await edit(people, photo, text, after)
            assert database.execute(marks).fetchall() == []
        await edit(people, photo, "@rapport_bot this is Mia", 4)
        (said,) = await people.answers(GROUP)
        assert words(said).startswith("Nice to meet Mia!")


async def test_no_channel_post_reaction_or_inline_query_edits_anything(tmp_path: Path) -> None:
    async with telegram(tmp_path, telegram={"inline": True}) as people:
        await people.ask("/remember bo | dog | barks", RED, chat_id=GROUP)
        people.peer.members[GROUP] = [7]
        for text in ("/forget bo", "/describe bo | sings", "/undo", "/forgetall yes"):
            for way in ({}, AS_GROUP, AS_CHANNEL):
                sender = {"sender": 7, **way}
                edited = people.message(text, None, GROUP, sender.pop("sender"), {**sender, "edit_date": 1})
                for update in ("channel_post", "edited_channel_post"):
                    assert (await people.post(**{update: edited})).status_code == 200
            assert len(await people.search(text)) <= 1
        thumb = {"chat": chat(GROUP), "message_id": 1, "user": person(7), "date": 1, "old_reaction": []}
        await people.post(message_reaction={**thumb, "new_reaction": [{"type": "emoji", "emoji": "👎"}]})
        assert words(await people.ask("/list", chat_id=GROUP)) == "I know 1 name here:\nbo: dog · 1 photo · barks"


async def test_an_update_that_comes_twice_is_answered_once(people: People) -> None:
    message = people.message("/remember bo", RED, 7, 7, {})
    await people.post(message=message)
    await people.post(message=message)
    assert words((await people.answers())[0]).startswith("Nice to meet bo!")
    assert "1 photo" in words(await people.ask("/list"))


async def test_a_zip_comes_back_in_by_import(people: People) -> None:
    await people.ask("/remember bo", RED)
    exported = await people.ask("/export")
    (archive,) = await people.answers()
    assert "everything I know" in words(exported)
    document = {**archive["document"], "mime_type": "application/zip", "file_name": "rapport.zip"}
    await people.ask("/forgetall yes")
    assert "1 name" in words(await people.ask("/import", document=document))


# ── groups ────────────────────────────────────────────────────────────────────────────────────────


async def test_group_talk_that_is_not_for_the_bot_gets_neither_answer_nor_typing(people: People) -> None:
    await people.say("/remember@other_bot bo", RED, chat_id=GROUP)
    await people.say("/whatever", chat_id=GROUP)
    await people.say("what a dog!", RED, chat_id=GROUP)  # looked at: somebody may ask about it
    await people.peer.wait_for(lambda: bool(people.peer.made("getFile")))
    assert "don't know anyone here" in words(await people.ask("/list@Rapport_Bot", chat_id=-6))
    assert not bots(people, GROUP)
    assert not [one for one in people.peer.made("sendChatAction") if one["chat_id"] == GROUP]


async def test_a_mention_is_for_the_bot_and_not_part_of_the_question(people: People) -> None:
    await people.ask("/remember bo", RED, chat_id=GROUP)
    assert "Yes, that's bo" in words(await people.ask("@rapport_bot is bo here?", RED, chat_id=GROUP))
    again = await people.ask("is this bo?", chat_id=GROUP, reply_to_message=bots(people, GROUP)[-1])
    assert "Yes, that's bo" in words(again)


async def test_an_answer_goes_to_its_topic_as_a_reply_and_so_does_typing(tmp_path: Path) -> None:
    talker = SlowTalker(lambda _: ["That", "'s a dog."])
    async with telegram(tmp_path, generator=talker) as people:
        opening = {"message_id": 77, "date": 1, "chat": chat(GROUP), "forum_topic_created": TOPIC}
        topic: dict[str, Any] = {
            "message_thread_id": 77,
            "is_topic_message": True,
            "reply_to_message": opening,
        }
        await people.say("@rapport_bot who is it?", RED, chat_id=GROUP, **topic)
        await people.peer.wait_for(lambda: bool(people.peer.made("sendChatAction")))
        talker.go_on.set()
        answer = (await people.answers(GROUP))[0]
        assert answer["message_thread_id"] == 77
        assert {one["message_thread_id"] for one in people.peer.made("sendChatAction")} == {77}
        plain = await people.ask("/list", chat_id=GROUP, message_thread_id=5)  # a chain of answers, no topic
        assert "message_thread_id" not in plain


async def test_topics_have_conversations_of_their_own_and_share_the_memory(people: People) -> None:
    await people.ask("/remember bo", RED, chat_id=GROUP, message_thread_id=1, is_topic_message=True)
    shown = await people.ask("@rapport_bot", RED, chat_id=GROUP, message_thread_id=2, is_topic_message=True)
    assert "That's bo" in words(shown)
    asked = await people.ask("/wrong", chat_id=GROUP, message_thread_id=3, is_topic_message=True)
    assert "no photo to correct" in words(asked)


async def test_only_an_admin_may_forget_what_somebody_else_remembered(people: People) -> None:
    people.peer.admins[GROUP] = [9]
    await people.ask("/remember bo", RED, chat_id=GROUP, sender=7)
    assert "Only P7 or an admin" in words(await people.ask("/forget bo", chat_id=GROUP, sender=8))
    assert "forgotten bo" in words(await people.ask("/forget bo", chat_id=GROUP, sender=9))


async def test_a_groups_admins_are_asked_for_once_a_minute() -> None:
    now, peer = [0.0], TelegramPeer(admins={GROUP: [9]})
    async with ExtBot(TOKEN, request=peer, get_updates_request=peer) as bot:
        groups, group = Groups(bot, Clock(lambda: now[0])), TelegramChat(GROUP, TelegramChat.SUPERGROUP)
        assert await groups.is_admin_of(group, 9)
        now[0] = 59
        assert not await groups.is_admin_of(group, 8)
        assert len(peer.made("getChatAdministrators")) == 1
        now[0] = 61
        assert await groups.is_admin_of(group, 9)
        assert len(peer.made("getChatAdministrators")) == 2


async def test_an_admin_who_speaks_for_the_group_is_one(people: People) -> None:
    await people.ask("/remember bo", RED, chat_id=GROUP, sender=7)
    said = await people.ask("/forget bo", chat_id=GROUP, sender=1087968824, sender_chat=chat(GROUP))
    assert "forgotten bo" in words(said)


CHANNEL = {"id": -1009, "type": "channel", "title": "Snow News"}
AS_CHANNEL: dict[str, Any] = {"sender": 136817688, "sender_chat": CHANNEL}  # Telegram's account for all channels
AS_GROUP: dict[str, Any] = {"sender": 1087968824, "sender_chat": chat(GROUP)}  # and the one for all anonymous admins
LINKED: dict[str, Any] = {"sender": 777000, "sender_chat": CHANNEL, "is_automatic_forward": True}


@pytest.mark.parametrize("way", [AS_CHANNEL, LINKED], ids=["a channel", "a linked channel"])
async def test_who_posts_as_a_channel_is_that_channel(people: People, way: dict[str, Any]) -> None:
    learnt = await people.ask("/remember bo", RED, chat_id=GROUP, **way)
    assert not learnt["reply_markup"]  # whoever presses is a person, and would be refused
    other = {"id": -1008, "type": "channel", "title": "Other News"}
    refused = await people.ask("/forget bo", chat_id=GROUP, sender=136817688, sender_chat=other)
    assert words(refused) == "Only Snow News or an admin of this chat may forget bo."
    assert "Added by Snow News" in words(await people.ask("/show bo", chat_id=GROUP, sender=8))
    assert "taken that back" in words(await people.ask("/undo", chat_id=GROUP, **way))


async def test_with_edits_anyone_a_channel_gets_its_undo_button(people: People) -> None:
    await people.ask("/settings edits anyone", chat_id=GROUP, **AS_GROUP)
    learnt = await people.ask("/remember bo", RED, chat_id=GROUP, **AS_CHANNEL)
    await people.press(learnt, "Undo (bo remembered)", sender=8)
    assert "taken that back" in words((await people.answers(GROUP))[0])


async def test_an_anonymous_admin_is_the_group_and_an_admin_presses_its_buttons(people: People) -> None:
    people.peer.admins[GROUP] = [9]
    learnt = await people.ask("/remember bo", RED, chat_id=GROUP, **AS_GROUP)
    assert "Added by G5" in words(await people.ask("/show bo", chat_id=GROUP, sender=8))
    press = await people.press(learnt, "Undo (bo remembered)", sender=8)
    await people.peer.wait_for(lambda: press in people.peer.pressed)
    assert "Only who made that change" in people.peer.pressed[press]["text"]
    await people.press(learnt, "Undo (bo remembered)", sender=9)
    assert "taken that back" in words((await people.answers(GROUP))[0])


async def test_an_anonymous_admin_gets_no_export_before_everybody(people: People) -> None:
    await people.ask("/remember bo", RED, chat_id=GROUP)
    await people.say("/export", chat_id=GROUP, **AS_GROUP)
    told = "I'd send that to you alone, but here you write as G5. Ask me again as yourself."
    await people.peer.wait_for(lambda: words_of(people, GROUP)[-1] == told)
    assert not people.peer.made("sendDocument")


@pytest.mark.parametrize("entry", ["user:telegram:-1009", "chat:telegram:-1009"])
@pytest.mark.parametrize("way", [AS_CHANNEL, LINKED], ids=["a channel", "a linked channel"])
async def test_the_lists_hold_for_a_channel(tmp_path: Path, entry: str, way: dict[str, Any]) -> None:
    async with telegram(tmp_path / "block", access={"block": [entry]}) as people:
        await people.say("/remember bo", RED, chat_id=GROUP, **way)
        assert "don't know anyone" in words(await people.ask("/list", chat_id=GROUP))
        assert len(bots(people, GROUP)) == 1
        assert not people.peer.made("getFile")
    async with telegram(tmp_path / "allow", access={"allow": [entry]}) as people:
        assert words(await people.ask("/remember bo", RED, chat_id=GROUP, **way)).startswith("Nice to meet bo!")
        for stranger in ({"sender": 136817688}, AS_GROUP):  # the shared accounts are nobody's
            assert "only where my host lets me" in words(await people.ask("/list", chat_id=GROUP, **stranger))


async def test_each_channel_has_a_quota_of_its_own(tmp_path: Path) -> None:
    async with telegram(tmp_path, quotas={"person_photos_minute": 1}) as people:
        await people.ask("/remember bo", RED, chat_id=GROUP, **AS_CHANNEL)
        assert "1 photo a minute" in words(await people.ask("/remember bo", RED, chat_id=GROUP, **AS_CHANNEL))
        assert "bo now has" in words(await people.ask("/remember bo", GREEN, chat_id=GROUP, **AS_GROUP))


async def test_an_owner_is_a_person_and_no_group(tmp_path: Path) -> None:
    async with telegram(tmp_path, access={"owners": ["telegram:-5", "telegram:7"]}) as people:
        assert "Only my owner" in words(await people.ask("/stats", chat_id=GROUP, **AS_GROUP))
        assert "Only my owner" not in words(await people.ask("/stats", chat_id=GROUP))


async def test_a_button_that_is_pressed_twice_at_once_counts_once(people: People) -> None:
    await people.ask("/remember bo", RED)
    await people.ask("/remember bo", blocks("red", "pink").data)
    seen = await people.ask("", RED)
    presses = [await people.press(seen, "Not bo") for _ in range(3)]
    assert "won't take that for bo" in words((await people.answers())[0])
    await people.peer.wait_for(lambda: set(presses) <= set(people.peer.pressed))
    alerts = [people.peer.pressed[one].get("text") for one in presses]
    assert alerts == [None, *["That has been answered already, and it counts once."] * 2]
    assert "1 correction" in words(await people.ask("/show bo"))


async def test_nobody_is_an_admin_while_telegram_does_not_say_so(people: People) -> None:
    people.peer.admins[GROUP] = [9]
    await people.ask("/remember bo", RED, chat_id=-6, sender=7)
    people.peer.fail("getChatAdministrators", Refused(403, "Forbidden: bot is not a member"))
    assert "Only P7 or an admin" not in words(await people.ask("/list", chat_id=GROUP, sender=9))


async def test_help_in_a_group_explains_privacy_mode_only_where_it_bites(tmp_path: Path) -> None:
    async with telegram(tmp_path) as people:
        assert "privacy mode" in words(await people.ask("/help", chat_id=GROUP))
        assert "privacy mode" not in words(await people.ask("/help"))
        people.peer.admins[-6] = [BOT["id"]]
        assert "privacy mode" not in words(await people.ask("/help", chat_id=-6))


async def test_help_in_a_group_is_silent_about_privacy_mode_when_it_is_off(tmp_path: Path) -> None:
    async with telegram(tmp_path, TelegramPeer(reads_all=True)) as people:
        assert "privacy mode" not in words(await people.ask("/help", chat_id=GROUP))


async def test_a_group_that_becomes_a_supergroup_keeps_its_memory(people: People) -> None:
    await people.ask("/remember bo", RED, chat_id=GROUP)
    await people.say(chat_id=GROUP, migrate_to_chat_id=SUPERGROUP)
    await people.say(chat_id=SUPERGROUP, migrate_from_chat_id=GROUP)
    assert words(await people.ask("/list", chat_id=SUPERGROUP)) == "I know 1 name here:\nbo: dog · 1 photo"


async def test_an_answer_that_finds_the_group_moved_follows_it(people: People) -> None:
    await people.ask("/remember bo", RED, chat_id=GROUP)
    moved = Refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=SUPERGROUP)
    people.peer.fail("sendPhoto", moved, GROUP)
    await people.say("/list", chat_id=GROUP)
    assert words((await people.answers(SUPERGROUP))[0]) == "I know 1 name here:\nbo: dog · 1 photo"
    assert "bo (dog)" in words(await people.ask("/show bo", chat_id=SUPERGROUP))


async def test_a_group_that_removed_the_bot_is_erased_in_time_unless_it_comes_back(tmp_path: Path) -> None:
    async with telegram(tmp_path, chat={"left_days": 1e-6}) as people:
        await people.ask("/remember bo", RED, chat_id=GROUP)
        await people.ask("/remember bo", RED, chat_id=-6)
        await people.membership(GROUP, "kicked")
        await people.membership(-6, "left")
        await people.membership(-6, "restricted", is_member=True)
        while "I know" in words(await people.ask("/list", chat_id=GROUP)):
            pass
        assert words(await people.ask("/list", chat_id=-6)) == "I know 1 name here:\nbo: dog · 1 photo"


async def test_an_export_from_a_group_goes_to_the_admin_alone(people: People) -> None:
    people.peer.admins[GROUP] = [9]
    await people.ask("/remember bo", RED, chat_id=GROUP)
    await people.say("/export", chat_id=GROUP, sender=9)
    await people.peer.wait_for(lambda: "sent that to you alone" in words_of(people, GROUP)[-1])  # it may grow first
    assert [bool(one.get("document")) for one in bots(people, 9)] == [False, True]
    people.peer.fail("sendMessage", Refused(403, "Forbidden: bot can't initiate conversation with a user"), 9)
    await people.say("/export", chat_id=GROUP, sender=9)
    await people.peer.wait_for(lambda: "private message first" in words_of(people, GROUP)[-1])


# ── buttons ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_correction_works_after_a_restart(tmp_path: Path) -> None:
    peer = TelegramPeer()
    async with telegram(tmp_path, peer) as people:
        await people.ask("/remember bo", RED)
        seen = await people.ask("", RED)
    async with telegram(tmp_path, peer) as people:
        people.message_id = 50
        await people.press(seen, "Not bo")
        assert "won't take that for bo again" in words((await people.answers())[0])
        assert "That's bo" not in words(await people.ask("", RED))


async def test_a_press_is_answered_and_a_press_that_comes_twice_counts_once(people: People) -> None:
    learnt = await people.ask("/remember bo", RED)
    press = await people.press(learnt, "Undo (bo remembered)")
    assert "taken that back" in words((await people.answers())[0])
    assert press in people.peer.pressed


async def test_a_refusal_of_a_press_is_shown_to_who_pressed_alone(people: People) -> None:
    learnt = await people.ask("/remember bo", RED, chat_id=GROUP, sender=7)
    press = await people.press(learnt, "Undo (bo remembered)", sender=8)
    await people.peer.wait_for(lambda: press in people.peer.pressed)
    assert people.peer.pressed[press]["show_alert"]
    assert "Only who made that change" in people.peer.pressed[press]["text"]
    assert len(bots(people, GROUP)) == 1


async def test_a_press_that_telegram_finds_too_old_is_answered_with_a_message(people: People) -> None:
    learnt = await people.ask("/remember bo", RED, chat_id=GROUP, sender=7)
    people.peer.fail("answerCallbackQuery", Refused(400, "Bad Request: query is too old"))
    await people.press(learnt, "Undo (bo remembered)", sender=8)
    assert "Only who made that change" in words((await people.answers(GROUP))[0])


# ── what the bot sends ────────────────────────────────────────────────────────────────────────────


async def test_a_caption_that_is_too_long_becomes_a_photo_and_a_text(tmp_path: Path) -> None:
    story = "bo loves snow. " * 100
    talker = SlowTalker(lambda _: [story])
    talker.go_on.set()
    async with telegram(tmp_path, generator=talker) as people:
        await people.ask("/remember bo", RED)
        await people.say("", RED)
        photo, text = await people.answers(count=2)
        assert photo["photo"]
        assert not words(photo)
        assert story.strip() in words(text)
        assert text["reply_markup"]
        assert "reply_markup" not in {key for key, value in photo.items() if value}


async def test_a_long_answer_is_split_at_the_ends_of_sentences(tmp_path: Path) -> None:
    long = "A dog of very many words. " * 300  # two messages, within the most letters of an answer
    talker = SlowTalker(lambda _: [long])
    talker.go_on.set()
    async with telegram(tmp_path, generator=talker) as people:
        await people.say("who is it?")
        parts = [words(one) for one in await people.answers(count=2)]
        assert " ".join(parts) == long.strip()
        assert all(part.endswith("words.") for part in parts)


async def test_names_stand_out_by_entities_whatever_stands_before_them(people: People) -> None:
    await people.ask("/remember 🐕bo | dog | 🐕🐕", RED)
    listed = await people.ask("/list")
    (entity,) = people.peer.made("sendPhoto")[-1]["caption_entities"]
    assert entity["type"] == "bold"
    encoded = words(listed).encode("utf-16-le")
    start = 2 * entity["offset"]
    assert encoded[start : start + 2 * entity["length"]].decode("utf-16-le") == "🐕bo"


async def test_peoples_words_call_nobody_and_bring_no_preview(people: People) -> None:
    await people.ask("/remember bo", RED)
    told = await people.ask("/describe bo | see https://evil.example, @everyone_here and [x](https://evil.example)")
    assert words(told).replace("\u2060", "").endswith("@everyone_here and [x](https://evil.example)”.")
    sent = people.peer.made("sendMessage")[-1]
    assert "@everyone" not in sent["text"]
    assert sent["link_preview_options"] == {"is_disabled": True}
    assert {one["type"] for one in sent.get("entities", [])} <= {"bold"}


async def test_show_is_an_album_of_all_photos(people: People) -> None:
    await people.ask("/remember bo", RED, blocks("red", "pink").data)
    await people.say("/show bo")
    first, second = await people.answers(count=2)
    assert "bo" in words(first)
    assert first["photo"]
    assert second["photo"]
    assert words(second).startswith("2: by P7")  # as /remove bo 2 knows it


async def test_a_growing_answer_is_a_draft_in_private(tmp_path: Path) -> None:
    talker = SlowTalker(lambda _: ["That", "'s", " a dog."])
    async with telegram(tmp_path, generator=talker) as people:
        await people.say("who is it?")
        await talker.said.wait()
        talker.step()
        await people.peer.wait_for(lambda: bool(people.peer.drafts))
        talker.go_on.set()
        assert words((await people.answers())[0]) == "That's a dog."
        assert people.peer.drafts[0]["text"] in {"That", "That's"}


async def test_a_growing_answer_in_a_group_is_one_message_that_is_edited(tmp_path: Path) -> None:
    talker = SlowTalker(lambda _: ["That", "'s", " a dog.", " "])
    async with telegram(tmp_path, generator=talker) as people:
        await people.say("@rapport_bot who is it?", chat_id=GROUP)
        await talker.said.wait()
        skip(1.1)  # in a group a quick answer has no drafts
        talker.step()
        await people.peer.wait_for(lambda: bool(people.peer.made("sendMessage")))
        talker.go_on.set()
        await people.peer.wait_for(lambda: words_of(people, GROUP) == ["That's a dog."])
        await people.answers(GROUP)
        assert "don't know anyone" in words(await people.ask("/list", chat_id=GROUP))


async def test_an_edit_that_changes_nothing_is_no_failure(tmp_path: Path) -> None:
    talker = SlowTalker(lambda _: ["That's a dog.", " ", " "])
    async with telegram(tmp_path, generator=talker) as people:
        await people.say("@rapport_bot who is it?", chat_id=GROUP)
        await talker.said.wait()
        skip(1.1)  # in a group a quick answer has no drafts
        talker.step()
        await people.peer.wait_for(lambda: bool(people.peer.made("sendMessage")))
        talker.go_on.set()
        await people.peer.wait_for(lambda: bool(people.peer.made("editMessageText")))
        await people.answers(GROUP)
        assert "don't know anyone" in words(await people.ask("/list", chat_id=GROUP))
        assert words_of(people, GROUP)[0] == "That's a dog."


async def test_a_chat_that_takes_no_photos_gets_the_words(people: People) -> None:
    people.peer.fail("sendPhoto", Refused(400, "Bad Request: not enough rights to send photos to the chat"))
    assert words(await people.ask("/remember bo", RED, chat_id=GROUP)).startswith("Nice to meet bo!")


@pytest.mark.parametrize("reason", ["PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED", "wrong file"])
async def test_a_picture_that_telegram_does_not_take_leaves_the_words(people: People, reason: str) -> None:
    people.peer.fail("sendPhoto", Refused(400, f"Bad Request: {reason}"))
    assert words(await people.ask("/remember bo", RED)).startswith("Nice to meet bo!")
    await people.ask("/remember bo", blocks("red", "pink").data)
    people.peer.fail("sendMediaGroup", Refused(400, f"Bad Request: {reason}"))
    assert "2 photos" in words(await people.ask("/show bo"))


async def test_the_photos_of_a_thin_thing_are_shown(people: People) -> None:
    for size in ((6000, 16), (16, 6000)):
        await people.ask("/remember bo", thin(*size).data)
    await people.say("/show bo")
    first, second = await people.answers(count=2)
    assert first["photo"]
    assert second["photo"]
    assert (await people.ask("/list"))["photo"]


async def test_who_blocked_the_bot_is_no_trouble_for_others(people: People) -> None:
    people.peer.fail("sendMessage", Refused(403, "Forbidden: bot was blocked by the user"), 8)
    await people.say("/list", chat_id=8, sender=8)
    await people.peer.wait_for(lambda: len(people.peer.made("sendMessage")) == 1)
    assert "don't know anyone" in words(await people.ask("/list"))
    assert "don't know anyone" in words(await people.ask("/list", chat_id=8, sender=8))


async def test_a_chat_is_spoken_to_in_the_language_of_the_app(people: People) -> None:
    assert "Ich kenne hier noch niemanden" in words(await people.ask("/list", language="de-AT"))


# ── limits and trouble ────────────────────────────────────────────────────────────────────────────


async def test_retry_after_holds_up_the_chat_it_is_for_and_no_other(people: People) -> None:
    people.peer.fail("sendMessage", Refused(429, "Too Many Requests", retry_after=3000), 7)
    await people.say("/list")
    await people.peer.wait_for(lambda: len(people.peer.made("sendMessage")) == 1)
    for _ in range(3):
        await people.ask("/list", chat_id=8, sender=8)
    assert not bots(people, 7)
    skip(3000 / SPEED)
    assert "don't know anyone" in words((await people.answers())[0])


async def test_a_download_that_has_to_wait_is_waited_for(people: People) -> None:
    people.peer.fail("getFile", Refused(429, "Too Many Requests", retry_after=3))
    assert words(await people.ask("/remember bo", RED)).startswith("Nice to meet bo!")


async def test_a_flood_of_photos_from_one_group_leaves_other_chats_prompt(tmp_path: Path) -> None:
    quotas = {"chat_photos_minute": 0, "person_photos_minute": 0}
    async with telegram(tmp_path, quotas=quotas, limits={"stop_seconds": 0}) as people:
        began = people.time.now()
        for _ in range(60):
            await people.say("@rapport_bot who is it?", RED, chat_id=GROUP)
        for chat_id in (11, 12, 13):
            await people.ask("/remember bo", RED, chat_id=chat_id, sender=chat_id)
            assert "That's bo" in words(await people.ask("", RED, chat_id=chat_id, sender=chat_id))
        minutes = 1 + (people.time.now() - began) // 60
        assert len(bots(people, GROUP)) <= 20 * minutes  # the minutes' worth, at most


async def test_a_call_that_telegram_failed_at_is_made_again(people: People) -> None:
    for fault in (Refused(502, "Bad Gateway"), not_connected(), Refused(500, "Internal Server Error")):
        people.peer.fail("sendMessage", fault)
    assert "don't know anyone" in words(await people.ask("/list"))


async def test_a_message_that_may_have_arrived_is_not_sent_twice(people: People) -> None:
    people.peer.fail("sendMessage", no_answer(), after=True)
    await people.ask("/list")
    await people.ask("/help")
    assert len(bots(people, 7)) == 2


async def test_each_chats_answers_come_in_the_order_of_its_messages(people: People) -> None:
    for number in range(5):
        await people.say(f"/show nobody-{number}")
    answers = await people.answers(count=5)
    assert [f"nobody-{number}" in words(one) for number, one in enumerate(answers)] == [True] * 5


async def test_strangers_are_told_whom_to_ask_and_nothing_is_fetched_for_them(tmp_path: Path) -> None:
    access = {"allow": ["user:telegram:7"], "block": ["user:telegram:8"]}
    async with telegram(tmp_path, access=access) as people:
        refused = await people.ask("/remember bo", RED, chat_id=9, sender=9)
        assert words(refused) == (
            "I talk only where my host lets me. Ask them to let me in here, and pass this on: "
            '"chat:telegram:9" or "user:telegram:9"'
        )
        await people.say("/remember bo", RED, chat_id=8, sender=8)
        assert not people.peer.made("getFile")
        assert words(await people.ask("/remember bo", RED)).startswith("Nice to meet bo!")
        assert not bots(people, 8)


async def test_stopping_answers_what_is_under_way(tmp_path: Path) -> None:
    talker = SlowTalker(lambda _: ["That", "'s a dog."])
    peer = TelegramPeer()
    async with telegram(tmp_path, peer, talker) as people:
        await people.say("who is it?")
        await talker.said.wait()
        asyncio.get_running_loop().call_later(0.1, talker.go_on.set)
    assert [words(one) for one in peer.sent(7) if one["from"] is BOT] == ["That's a dog."]


async def test_whatever_breaks_inside_the_chat_gets_an_answer(tmp_path: Path) -> None:
    def broken(_: object) -> list[str]:
        raise RuntimeError("secret words")

    async with telegram(tmp_path, generator=SlowTalker(broken)) as people:
        assert words(await people.ask("who is it?")) == "Something went wrong on my side. Please try again."
        assert "don't know anyone" in words(await people.ask("/list"))


class StoreIsDown:
    """An assistant whose store can't be read."""

    async def answer(self, _: Message) -> AsyncIterator[Reply]:
        yield Reply("That", final=False)
        raise StoreError("The disk is full.")

    def admits(self, _: Message) -> bool:
        return True

    async def translator(self, _: Message) -> Translator:
        raise StoreError("The disk is full.")


async def test_while_the_store_is_down_the_chat_is_told_in_english(tmp_path: Path) -> None:
    async def moved(*_: int) -> None: ...

    peer, clock = TelegramPeer(), quick_clock()
    async with ExtBot(TOKEN, request=peer, get_updates_request=peer, rate_limiter=ChatLimiter(clock)) as bot:
        origins, nobody = Origins(9, 1800, timer=clock.now), Conversations()
        pointers = Pointers(None, "telegram:1", origins, TelegramFiles(bot, 9), nobody, timedelta())
        replies = TelegramReplies(bot, StoreIsDown(), origins, pointers, clock, 1, moved)
        asked = Message(Chat("telegram", "7", private=True), Sender("7", language="de"), "who is it?")
        async with opened(tmp_path) as store:
            await replies.answer(asked, Destination(7, private=True), Inbox(store.inbox, "telegram:1", 10).unrecorded())
    assert words(peer.sent(7)[0]) == (
        "Something is wrong with my memory right now. I still recognise those I had in mind; "
        "my host finds the reason in my log."
    )


# ── inline mode ───────────────────────────────────────────────────────────────────────────────────


async def test_inline_mode_offers_the_cards_of_a_persons_own_chats(tmp_path: Path) -> None:
    async with telegram(tmp_path, telegram={"inline": True}) as people:
        people.peer.members[GROUP] = [7]
        await people.ask("/remember bo | dog | loves snow", RED)
        await people.ask("/remember bobby", RED, chat_id=GROUP)
        await people.ask("/remember bobo", RED, chat_id=-6)  # who has left that group since
        await people.ask("/remember boris", RED, chat_id=8, sender=8)
        assert [card["title"] for card in await people.search("BO")] == ["bo", "bobby"]
        assert [card["title"] for card in await people.search("bb")] == ["bobby"]
        (card,) = await people.search("", sender=8)
        assert card["input_message_content"]["message_text"].startswith("boris")
        assert "inline_query" in people.peer.webhook["allowed_updates"]
        assert all(one["is_personal"] for one in people.peer.inline.values())


async def test_inline_mode_offers_nothing_of_a_chat_that_the_host_keeps_out(tmp_path: Path) -> None:
    inline: dict[str, Any] = {"telegram": {"inline": True}}
    async with telegram(tmp_path, **inline) as people:
        await people.ask("/remember bo", RED, chat_id=GROUP)
        await people.ask("/remember bobby", RED)
    lists = ({"block": ["chat:telegram:-5"]}, {"allow": ["chat:telegram:7"]}, {"block": ["user:telegram:7"]})
    for access, offered in zip(lists, (["bobby"], ["bobby"], []), strict=True):
        async with telegram(tmp_path, access=access, **inline) as people:
            people.peer.members[GROUP] = [7]
            assert [card["title"] for card in await people.search("bo")] == offered


async def test_inline_mode_is_off_until_the_host_turns_it_on(people: People) -> None:
    assert "inline_query" not in people.peer.webhook["allowed_updates"]
    await people.post(inline_query={"id": "i1", "from": person(7), "query": "bo", "offset": ""})
    await people.ask("/list")
    assert not people.peer.inline


async def test_inline_mode_has_nothing_for_those_whom_the_host_lets_not_in(tmp_path: Path) -> None:
    async with telegram(tmp_path, telegram={"inline": True}, access={"allow": ["chat:telegram:-5"]}) as people:
        people.peer.members[GROUP] = [7]
        await people.ask("/remember bo", RED, chat_id=GROUP)
        assert await people.search("bo") == []
