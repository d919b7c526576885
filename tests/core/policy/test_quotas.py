"""Access lists, quotas and figures, through the assistant as a stranger on Telegram meets them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import config as configuration
from bot.build.rapport import Rapport
from bot.running.rapport import rapport
from core.messages import Attachment, Chat, Message, Photo, Reply, Sender
from tests.support.decoders import shared_decoders
from tests.support.fakes import blocks, fake_models

HOME, WORK = Chat("telegram", "-1"), Chat("telegram", "-2")
ANN, BEN = Sender("1", "Ann"), Sender("2", "Ben")
A_DOG = "I see a dog I don't know."


@asynccontextmanager
async def serving(folder: Path, **sections: Any) -> AsyncIterator[Rapport]:
    url = f"sqlite+aiosqlite:///{folder / 'rapport.db'}"
    async with rapport(
        configuration.load(store={"url": url}, **sections), fake_models(), decoders=shared_decoders()
    ) as running:
        yield running


async def say(
    running: Rapport,
    text: str,
    *photos: Photo,
    chat: Chat = HOME,
    by: Sender = ANN,
    addressed: bool = True,
    files: tuple[Attachment, ...] = (),
) -> Reply:
    message = Message(chat, by, text, photos, files, addressed=addressed)
    return [reply async for reply in running.assistant.answer(message)][-1]


async def test_one_persons_photos_a_minute_are_bounded_and_others_are_not_held_up(tmp_path: Path) -> None:
    async with serving(tmp_path, quotas={"person_photos_minute": 3}) as running:
        assert (
            await say(running, "", blocks("red"), blocks("green"))
        ).text == "In both photos, I see a dog I don't know."
        refused = await say(running, "", blocks("red"), blocks("green"))
        assert "3 photos a minute are the most from one person" in refused.text
        assert (await say(running, "", blocks("red"))).text == A_DOG  # the refused ones weren't counted
        assert "3 photos a minute" in (await say(running, "/remember bo", blocks("red"), chat=WORK)).text
        assert (await say(running, "", blocks("red"), by=BEN)).text == A_DOG


async def test_one_chats_photos_a_minute_are_bounded(tmp_path: Path) -> None:
    async with serving(tmp_path, quotas={"chat_photos_minute": 1}) as running:
        assert (await say(running, "", blocks("red"))).text == A_DOG
        assert "1 photo a minute is the most in one chat" in (await say(running, "", blocks("red"), by=BEN)).text
        assert (await say(running, "", blocks("red"), chat=WORK)).text == A_DOG


async def test_an_album_of_more_than_a_minutes_worth_is_refused_for_good(tmp_path: Path) -> None:
    for quotas in ({"person_photos_minute": 1}, {"chat_photos_minute": 1}):
        async with serving(tmp_path, quotas=quotas) as running:
            for text in ("", "/remember bo"):
                refused = await say(running, text, blocks("red"), blocks("green"))
                assert "so those are too many at once. Send me 1 at a time, a minute apart." in refused.text
            assert (await say(running, "", blocks("red"))).text == A_DOG


async def test_what_a_person_adds_to_anothers_concept_counts_as_theirs(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        await say(running, "/remember bo", blocks("red"))
        anns = await running.store.usage_of(HOME, ANN)
        await say(running, "/remember bo", blocks("red", "pink"), by=BEN)
        bens = await running.store.usage_of(HOME, BEN)
        assert await running.store.usage_of(HOME, ANN) == anns
        assert (bens.concepts, bens.references) == (0, 1)
        both = await running.store.usage(HOME)
        assert both.bytes == anns.bytes + bens.bytes
    async with serving(tmp_path, quotas={"person_megabytes": 1.5 * bens.bytes / 1e6}) as running:
        refused = await say(running, "/remember bo", blocks("red", "blue"), by=BEN)
        assert "Your photos fill the" in refused.text


async def test_photos_that_are_not_for_the_bot_count_only_when_it_looks_at_them(tmp_path: Path) -> None:
    async with serving(tmp_path, quotas={"person_photos_minute": 1}) as running:
        for _ in range(3):
            assert (await say(running, "", blocks("red"), addressed=False)).silent
        assert (await say(running, "", blocks("red"))).text == A_DOG
        await running.store.set_setting(HOME, "replies", "all", Sender("root", admin=True))
        assert (await say(running, "", blocks("red"), addressed=False)).silent  # refused without a word


async def test_the_owner_and_the_hosts_own_ways_in_have_no_quota(tmp_path: Path) -> None:
    sections = {
        "quotas": {"person_photos_minute": 1, "person_names": 1},
        "access": {"owners": ["telegram:1"]},
    }
    async with serving(tmp_path, **sections) as running:
        pipe = Chat("pipe", "home")
        for chat, by in ((HOME, ANN), (pipe, BEN)):
            for name in ("bo", "rex"):
                said = await say(running, f"/remember {name}", blocks("red"), chat=chat, by=by)
                assert "Nice to meet" in said.text


async def test_a_person_may_not_fill_the_store_with_names(tmp_path: Path) -> None:
    async with serving(tmp_path, quotas={"person_names": 2}) as running:
        await say(running, "/remember bo", blocks("red"))
        await say(running, "/remember mia", blocks("blue"), chat=WORK)
        refused = await say(running, "/remember rex", blocks("green"))
        assert "2 names are the most I keep for one person" in refused.text
        assert "now has 2 photos" in (await say(running, "/remember bo", blocks("red"))).text
        assert "Nice to meet rex" in (await say(running, "/remember rex", blocks("green"), by=BEN)).text
        await say(running, "/forget bo")
        assert "Nice to meet" in (await say(running, "/remember toto", blocks("red"))).text


async def test_a_chat_may_not_fill_the_store_with_names_or_photos(tmp_path: Path) -> None:
    async with serving(tmp_path, quotas={"chat_names": 1}) as running:
        await say(running, "/remember bo", blocks("red"))
        refused = await say(running, "/remember mia", blocks("blue"), by=BEN)
        assert refused.private
        assert "1 name is the most I keep in one" in refused.text
        kept = (await running.store.usage(HOME)).bytes
    async with serving(tmp_path, quotas={"chat_megabytes": 1.5 * kept / 1e6}) as running:
        refused = await say(running, "/remember bo", blocks("red"))
        assert "This chat's photos fill the" in refused.text
        assert (await running.store.usage(HOME)).references == 1


@pytest.mark.parametrize(("quota", "whose"), [("chat_megabytes", "one chat"), ("person_megabytes", "one person")])
async def test_nobody_is_sent_to_forget_for_what_would_fit_into_no_memory(
    quota: str, whose: str, tmp_path: Path
) -> None:
    async with serving(tmp_path, quotas={quota: 0.001}) as running:
        refused = await say(running, "/remember bo", blocks("red"))
        assert refused.text == f"0.001 MB of photos are the most I keep for {whose}, so that is too much."


async def test_an_import_stops_where_the_room_ends(tmp_path: Path) -> None:
    async with serving(tmp_path, quotas={"chat_names": 2, "person_names": 0}) as running:
        await say(running, "/remember bo", blocks("red"))
        await say(running, "/remember mia", blocks("blue"))
        admin = Sender("1", "Ann", admin=True)
        zipped = (await say(running, "/export", by=admin)).attachments
        await say(running, "/remember rex", blocks("green"), chat=WORK)
        said = await say(running, "/import", chat=WORK, files=zipped)
        assert said.text.startswith("I've taken in 1 name")
        assert "2 names are the most I keep in one" in said.text
        assert len(await running.store.concepts(WORK)) == 2


async def test_a_blocked_chat_gets_no_answer_and_a_stranger_is_told_whom_to_ask(tmp_path: Path) -> None:
    access = {"block": ["chat:telegram:-2"], "allow": ["user:telegram:1"]}
    async with serving(tmp_path, access=access) as running:
        assert (await say(running, "/help", chat=WORK)).silent
        assert "/undo" in (await say(running, "/help")).text
        assert "only where my host lets me" in (await say(running, "/help", by=BEN)).text
        assert (await say(running, "hello", by=BEN, addressed=False)).silent


async def test_the_owner_gets_figures_and_nobody_else_does(tmp_path: Path) -> None:
    async with serving(tmp_path, access={"owners": ["telegram:1"]}) as running:
        await say(running, "/remember bo", blocks("red"))
        assert "That's bo" in (await say(running, "", blocks("red"))).text
        told = await say(running, "/stats")
        assert told.private
        assert "1 name with 1 photo" in told.text
        assert "sure 1" in told.text
        assert "bo" not in told.text.split()
        assert "Only my owner" in (await say(running, "/stats", by=BEN)).text


async def test_the_metrics_tell_what_happened_and_name_nobody(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        await say(running, "/remember bozo", blocks("red"))
        await say(running, "", blocks("red"))
        await say(running, "/forget nobody")
        await say(running, "hi all", addressed=False)
        page = running.metrics.exposition().decode()
    assert 'rapport_messages_total{kind="command",platform="telegram"} 2.0' in page
    assert 'rapport_answers_total{outcome="sure",platform="telegram"} 1.0' in page
    assert 'rapport_answers_total{outcome="refused",platform="telegram"} 1.0' in page
    assert 'rapport_answers_total{outcome="silent",platform="telegram"} 1.0' in page
    assert 'rapport_stage_seconds_count{stage="answer"} 4.0' in page
    assert 'rapport_stage_seconds_count{stage="generate"} 1.0' in page
    assert 'rapport_batch_size_bucket{lane="detect",le="1"} 2.0' in page
    assert 'rapport_queue_waiting{lane="encode"} 0.0' in page
    assert not [word for word in ("bozo", "nobody", "Ann", "-1") if word in page.replace("e-1", "")]
