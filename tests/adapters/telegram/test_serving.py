"""The Telegram platform from start to stop: tokens, polling, the webhook's door, the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from telegram import Update
from telegram.ext import ExtBot

from adapters.telegram.options import Clock
from adapters.telegram.server import TelegramBot, introduce
from adapters.telegram.updates.polling import Polling
from adapters.telegram.updates.webhook import Webhook
from bot import logs
from bot.build.platforms import platforms, telegram_of
from bot.running.rapport import rapport
from core.errors import PlatformError, StoreError
from tests.support.decoders import shared_decoders
from tests.support.fakes import blocks, fake_models
from tests.support.peers.telegram import TOKEN, Call, Refused, TelegramPeer, not_connected
from tests.support.peers.telegram_people import People, quick_clock, repeating_at_once, settings, telegram, words

RED = blocks("red").data
POLLING = {"webhook_url": ""}


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    async with telegram(tmp_path) as people:
        yield people


@asynccontextmanager
async def polling(folder: Path, peer: TelegramPeer) -> AsyncIterator[TelegramBot]:
    clock = quick_clock()
    peer.clock = clock.now
    config = settings(folder, POLLING)
    with repeating_at_once():
        async with rapport(config, fake_models(), decoders=shared_decoders()) as running:
            yield telegram_of(config, running, lambda: peer, clock)
    assert peer.violations == []


def update(number: int, text: str) -> dict[str, Any]:
    writer = People(TelegramPeer(), None, "", "", None, message_id=number)  # type: ignore[arg-type]
    return {"update_id": number, "message": writer.message(text, None, 7, 7, {})}


# ── the webhook's door ────────────────────────────────────────────────────────────────────────────


async def test_the_webhook_takes_nothing_without_the_secret(people: People) -> None:
    people.secret = "guessed"  # noqa: S105 - it is none
    assert (await people.post(message={})).status_code == 403
    assert (await people.http.post(people.path, json={})).status_code == 403


async def test_the_webhooks_path_can_not_be_guessed_and_tells_no_token(people: People) -> None:
    assert len(people.path) > 32
    assert TOKEN not in people.path + people.secret
    assert (await people.http.post("/", json={})).status_code == 404


async def test_the_webhooks_server_says_that_it_is_well(people: People) -> None:
    assert (await people.http.get("/health")).json() == {"ok": True}


async def test_what_is_no_update_stops_nothing(people: People) -> None:
    shown = {"X-Telegram-Bot-Api-Secret-Token": people.secret}
    assert (await people.http.post(people.path, content=b"{", headers=shown)).status_code == 400
    assert (await people.http.post(people.path, json=[], headers=shown)).status_code == 400
    nested = b"[" * 500_000
    assert (await people.http.post(people.path, content=nested, headers=shown)).status_code == 400
    large = {"text": "x" * 2_000_000}
    assert (await people.http.post(people.path, json=large, headers=shown)).status_code == 413
    assert (await people.post(message={"text": "from a Telegram of the future"})).status_code == 200
    assert (await people.post(poll={"id": "1"})).status_code == 200
    assert "don't know anyone" in words(await people.ask("/list"))


async def test_commands_are_set_for_each_scope_in_each_language(people: People) -> None:
    await people.peer.wait_for(lambda: len(people.peer.commands) == 16)
    words_of = {scope: {one["command"] for one in some} for scope, some in people.peer.commands.items()}
    assert "forgetall" in words_of["all_private_chats", ""]
    assert "forgetall" in words_of["all_chat_administrators", "de"]
    assert "forgetall" not in words_of["all_group_chats", "zh"]
    described = {one["command"]: one["description"] for one in people.peer.commands["default", "de"]}
    assert described["undo"] == "deine letzte Änderung zurücknehmen; was du mir beigebracht hast, nur kurze Zeit"


async def test_commands_that_telegram_will_not_set_are_no_reason_to_stop(tmp_path: Path) -> None:
    peer = TelegramPeer()
    peer.fail("setMyCommands", Refused(400, "Bad Request: no"))
    async with telegram(tmp_path, peer) as people:
        assert "don't know anyone" in words(await people.ask("/list"))


# ── polling ───────────────────────────────────────────────────────────────────────────────────────


async def test_polling_answers_and_lets_telegram_forget_what_it_took(tmp_path: Path) -> None:
    peer = TelegramPeer(webhook={"url": "https://old.example.org"})
    peer.updates.extend([update(1, "/list"), update(2, "/help")])
    async with polling(tmp_path, peer) as bot:
        run = asyncio.create_task(bot.run())
        await peer.wait_for(lambda: len(peer.sent(7)) == 2)
        assert not peer.webhook
        await bot.aclose()
        await run
    assert not peer.updates
    assert "don't know anyone" in words(peer.sent(7)[0])


async def test_what_was_answered_before_a_crash_is_not_answered_again(tmp_path: Path) -> None:
    peer = TelegramPeer()
    for _ in range(2):
        peer.updates.extend([update(1, "/list")])  # as after a crash, before Telegram heard of it
        async with polling(tmp_path, peer) as bot:
            run = asyncio.create_task(bot.run())
            await peer.wait_for(lambda: len(peer.made("getUpdates")) > 3)
            await bot.aclose()
            await run
        peer.calls.clear()
    assert len(peer.sent(7)) == 1


class OutOfOrder(TelegramPeer):
    """Holds no poll open, and notes when it is asked."""

    answers_polls_at_once: ClassVar[bool] = True

    async def do(self, name: str, data: Call, uploads: dict[str, bytes]) -> tuple[int, bytes]:
        if name == "getUpdates":
            self.asked.append(self.clock())
        return await super().do(name, data, uploads)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.asked: list[float] = []


async def test_a_server_that_holds_no_poll_open_is_not_asked_without_a_pause() -> None:
    peer, slept = OutOfOrder(), [0.0]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    async def take(updates: Sequence[Update]) -> None: ...

    clock = Clock(lambda: sum(slept), sleep)  # time goes on only while somebody sleeps
    peer.clock = clock.now
    async with ExtBot(TOKEN, request=peer, get_updates_request=peer) as bot:
        polling = asyncio.create_task(Polling(bot, take, ["message"], clock).run())
        await peer.wait_for(lambda: len(peer.asked) >= 5)
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
    assert peer.asked[:5] == [0, 1, 2, 3, 4]


async def test_what_the_store_does_not_take_in_stays_with_telegram() -> None:
    peer, clock = TelegramPeer(), quick_clock()
    peer.clock = clock.now
    peer.updates += [update(1, "/list"), update(2, "/help")]
    took = list[list[int]]()

    async def take(updates: Sequence[Update]) -> None:
        took.append([one.update_id for one in updates])
        if len(took) < 3:
            raise StoreError("It fails.")

    with repeating_at_once():
        async with ExtBot(TOKEN, request=peer, get_updates_request=peer) as bot:
            polling = asyncio.create_task(Polling(bot, take, ["message"], clock).run())
            await peer.wait_for(lambda: len(took) == 3 and not peer.updates)
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
    assert took == [[1, 2]] * 3


async def test_telegram_hears_that_the_store_did_not_take_an_update_in() -> None:
    async def take(_: Mapping[str, Any]) -> None:
        raise StoreError("It fails.")

    webhook = Webhook(TOKEN, "127.0.0.1", 0, take)
    webhook.open()
    run = asyncio.create_task(webhook.run())
    shown = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret}
    async with httpx.AsyncClient() as http:
        answer = await http.post(webhook.address + webhook.path, json={"update_id": 1}, headers=shown)
    webhook.close()
    await run
    assert answer.status_code == 503


async def test_a_short_outage_is_waited_out(tmp_path: Path) -> None:
    peer = TelegramPeer()
    async with polling(tmp_path, peer) as bot:
        for _ in range(4):
            peer.fail("getUpdates", not_connected())
        peer.fail("getUpdates", Refused(429, "Too Many Requests", retry_after=3))
        peer.updates.append(update(1, "/list"))
        run = asyncio.create_task(bot.run())
        await peer.wait_for(lambda: len(peer.sent(7)) == 1)
        await bot.aclose()
        await run


async def test_a_long_outage_is_told_to_the_program_which_tries_again(tmp_path: Path) -> None:
    peer = TelegramPeer()
    async with polling(tmp_path, peer) as bot:
        for _ in range(6):
            peer.fail("getUpdates", not_connected())
        with pytest.raises(PlatformError, match="can't be reached") as failure:
            await bot.run()
        await bot.aclose()
    assert not failure.value.permanent


async def test_two_programs_with_one_token_are_told_apart(tmp_path: Path) -> None:
    peer = TelegramPeer()
    peer.fail("getUpdates", Refused(409, "Conflict: terminated by other getUpdates request"))
    async with polling(tmp_path, peer) as bot:
        with pytest.raises(PlatformError, match="Another program"):
            await bot.run()


# ── tokens ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", [401, 404])
async def test_a_token_that_telegram_refuses_is_a_failure_for_good(tmp_path: Path, code: int) -> None:
    peer = TelegramPeer()
    peer.fail("getMe", Refused(code, "Unauthorized"))
    async with polling(tmp_path, peer) as bot:
        with pytest.raises(PlatformError, match="doesn't accept") as failure:
            await bot.run()
        await bot.aclose()
    assert failure.value.permanent
    assert TOKEN not in str(failure.value)
    assert failure.value.__cause__ is None


async def test_a_token_that_can_not_be_one_is_a_failure_for_good_without_asking(tmp_path: Path) -> None:
    config = settings(tmp_path, {"token": "hunter2"})
    async with rapport(config, fake_models(), decoders=shared_decoders()) as running:
        with pytest.raises(PlatformError, match="doesn't look like") as failure:
            platforms(config, running)["telegram"]()
    assert failure.value.permanent
    assert "hunter2" not in str(failure.value)


async def test_without_a_token_there_is_no_telegram(tmp_path: Path) -> None:
    config = settings(tmp_path, {"token": ""})
    async with rapport(config, fake_models(), decoders=shared_decoders()) as running:
        assert "telegram" not in platforms(config, running)


async def test_a_port_that_is_taken_is_told(people: People, tmp_path: Path) -> None:
    port = people.http.base_url.port
    config = settings(tmp_path, {"webhook_port": port})
    peer = TelegramPeer()
    async with rapport(settings(tmp_path), fake_models()) as running:
        bot = telegram_of(config, running, lambda: peer)
        with pytest.raises(PlatformError, match=f"can't listen on port {port}"):
            await bot.run()


async def test_a_bot_that_never_ran_can_be_closed(tmp_path: Path) -> None:
    async with polling(tmp_path, TelegramPeer()) as bot:
        await bot.aclose()


async def test_doctor_says_whose_token_it_is(tmp_path: Path) -> None:
    options = settings(tmp_path).telegram
    assert await introduce(options, TelegramPeer) == ("the token is @rapport_bot's; privacy mode in groups is on.")
    peer = TelegramPeer()
    peer.fail("getMe", Refused(401, "Unauthorized"))
    with pytest.raises(PlatformError, match="doesn't accept"):
        await introduce(options, lambda: peer)


# ── the log ───────────────────────────────────────────────────────────────────────────────────────


async def test_neither_token_nor_words_nor_names_get_into_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logs.hush()
    try:
        peer = TelegramPeer()
        async with telegram(tmp_path, peer) as people:
            peer.fail("sendPhoto", Refused(500, "oh"))
            peer.fail("getFile", not_connected())
            await people.ask("/remember Bodhisattva", RED)
            await people.post(message={"text": "Bodhisattva"})
            peer.fail("sendPhoto", Refused(403, "Forbidden: bot was blocked by Bodhisattva"))
            await people.say("/list")
            await people.ask("/list")
    finally:
        logs.hush(logging.NOTSET)
    said = capsys.readouterr()
    told = said.out + said.err + caplog.text
    assert "telegram.not_sent" in told
    assert "Bodhisattva" not in told
    assert TOKEN not in told
    assert TOKEN.partition(":")[2] not in told
