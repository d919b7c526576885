"""Discord as a platform: starting, failing, stopping, servers that come and go, registering commands."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest
from typer.testing import CliRunner

from adapters.discord.client import RapportClient
from adapters.discord.options import DiscordOptions, Timings
from adapters.discord.platform import DiscordChat
from adapters.discord.syncing import introduction, sync
from bot import config as configuration
from bot.__main__ import app
from bot.build.platforms import discord_of, platforms
from core.errors import ConfigError, PlatformError
from core.i18n.translator import LANGUAGES, Translators
from core.messages import Chat
from core.options import ChatOptions, MessageLimits
from core.platforms.status import Platform
from tests.support.fakes import SlowTalker
from tests.support.peers.discord import (
    RED,
    OnTheRealClock,
    core_on,
    discord_over,
    discord_peer,
    last,
    response,
    said,
)

SECRET = "MTIz.secret.token"  # noqa: S105 - nobody's


# ── starting and failing ──────────────────────────────────────────────────────────────────────────


def closed_with(code: int) -> discord.ConnectionClosed:
    socket: Any = SimpleNamespace(close_code=code)
    return discord.ConnectionClosed(socket, shard_id=0)


@pytest.mark.parametrize(
    ("failure", "permanent", "words"),
    [
        (discord.LoginFailure("Improper token has been passed."), True, "discord.token"),
        (discord.PrivilegedIntentsRequired(0), True, "Message Content Intent"),
        (closed_with(4011), True, "discord.shards"),
        (closed_with(4000), False, "code 4000"),
        (aiohttp.ClientConnectionError("no network"), False, "can't be reached"),
        (OSError("no network"), False, "can't be reached"),
        (discord.DiscordException("something else"), False, "can't be reached"),
    ],
)
async def test_it_says_why_it_cant_be_served_and_whether_trying_again_helps(
    tmp_path: Path, failure: Exception, permanent: bool, words: str
) -> None:
    class Refused(RapportClient):
        async def start(self, token: str, *, reconnect: bool = True) -> None:
            await self._async_setup_hook()  # what `login` begins with
            raise failure

    async with core_on(tmp_path) as running:
        core = OnTheRealClock(running)
        platform = DiscordChat(
            core, core, core, core.inbox, DiscordOptions(token=SECRET), MessageLimits(), ChatOptions(), connect=Refused
        )
        with pytest.raises(PlatformError, match=words) as raised:
            await platform.run()
        await platform.aclose()
    assert raised.value.permanent is permanent
    assert SECRET not in str(raised.value)


async def test_an_outage_that_lasts_is_told_and_a_short_one_is_not(tmp_path: Path) -> None:
    class Waiting(RapportClient):
        async def start(self, token: str, *, reconnect: bool = True) -> None:
            await self._async_setup_hook()
            for shard_id in (0, 1):
                await self.on_shard_connect(shard_id)
            await broken.wait()
            await self.on_shard_disconnect(1)
            await forever.wait()

    broken, forever = asyncio.Event(), asyncio.Event()
    options, timings = DiscordOptions(token=SECRET), Timings(away_seconds=0.1, look_seconds=0.01)
    async with core_on(tmp_path) as running:
        core = OnTheRealClock(running)
        platform = DiscordChat(
            core, core, core, core.inbox, options, MessageLimits(), ChatOptions(), timings=timings, connect=Waiting
        )
        serving = asyncio.create_task(platform.run())
        await asyncio.wait([serving], timeout=0.3)
        assert not serving.done()
        await platform.client.on_shard_disconnect(0)
        await platform.client.on_shard_resumed(0)
        broken.set()
        with pytest.raises(PlatformError, match="hasn't been reachable") as raised:
            await serving
        await platform.aclose()
    assert not raised.value.permanent


async def test_an_intent_that_the_portal_has_not_granted_is_not_asked_for_by_default(tmp_path: Path) -> None:
    granted = discord.Intents.default()
    granted.message_content = False
    async with discord_over(tmp_path, intents=granted) as peer:
        ann, pets = peer.room()
        await ann.send(pets, f"{peer.mention} /list")
        assert "I don't know anyone" in last(pets).content


async def test_it_is_off_without_a_token_and_on_with_one(tmp_path: Path) -> None:
    async with core_on(tmp_path) as running:
        config = configuration.load(discord={"token": SECRET, "memory": "server", "shards": 3})
        assert "discord" not in platforms(configuration.load(), running)
        platform: Platform = platforms(config, running)["discord"]()
        assert platform.name == "discord"
        served = discord_of(config, running)
        assert isinstance(served, DiscordChat)
        assert served.client.shard_count == 3
        await platform.aclose()


def test_a_token_is_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    config = configuration.load(discord={"token": SECRET})
    assert SECRET not in repr(config)
    assert SECRET not in repr(DiscordOptions(token=SECRET))
    assert SECRET not in caplog.text


async def test_a_bot_with_shards_serves_the_servers_of_all_of_them(tmp_path: Path) -> None:
    async with discord_over(tmp_path, shards=2) as peer:
        for shard in (0, 1):
            ann, pets = peer.room(shard_id=shard)
            assert said(response(await ann.slash(pets, "list")))


async def test_a_process_that_has_some_of_the_shards_serves_the_servers_of_those_alone(tmp_path: Path) -> None:
    async with discord_over(tmp_path, shards=3, shard_ids=(0, 2)) as peer:
        for shard in (0, 1, 2):
            ann, pets = peer.room(shard_id=shard)
            await ann.send(pets, f"{peer.mention} /list")
            assert ("I don't know anyone" in last(pets).content) == (shard != 1)


@pytest.mark.parametrize("chosen", [{"shards": 2, "shard_ids": [2]}, {"shards": 0, "shard_ids": [0]}])
def test_shards_that_there_arent_are_refused(chosen: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"discord\.shard_ids: .* below discord\.shards"):
        configuration.load(discord=chosen)


# ── stopping ──────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_under_way_is_answered_before_it_stops(tmp_path: Path) -> None:
    talker = SlowTalker(lambda prompt: ["a ", "dog"])
    async with discord_over(tmp_path, generator=talker) as peer:
        ann, pets = peer.room()
        asking = asyncio.create_task(ann.send(pets, f"{peer.mention} hm?", attachments=[("a.png", RED)]))
        await talker.said.wait()
        closing = asyncio.create_task(peer.bot.aclose())
        await asyncio.sleep(0)
        talker.go_on.set()
        await asking
        await closing
        assert last(pets).content == "a dog"


async def test_what_comes_while_it_stops_is_asked_to_come_again(tmp_path: Path) -> None:
    async with discord_over(tmp_path) as peer:
        ann, pets = peer.room()
        await peer.bot._handler.drain(0)
        refused = response(await ann.slash(pets, "list"))
        assert "shutting down" in refused.content
        assert refused.ephemeral


# ── servers that come and go ──────────────────────────────────────────────────────────────────────


async def known(peer: Any, channel: Any) -> list[str]:
    concepts = await peer.running.store.concepts(Chat("discord", str(channel.id)))
    return [concept.name for concept in concepts]


async def test_a_server_that_the_bot_was_removed_from_is_forgotten_after_a_while(tmp_path: Path) -> None:
    async with discord_over(tmp_path, chat=ChatOptions(left_days=0)) as peer:
        ann, pets = peer.room()
        ben, cats = peer.room("cats")
        await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
        await ben.slash(cats, "remember", name="mia", photo=("mia.png", RED))
        peer.env.backend.emit("GUILD_DELETE", {"id": str(ann.guild.id)})
        await peer.env.settle()
        await peer.running.store.erase_expired(discord.utils.utcnow())
        assert (await known(peer, pets), await known(peer, cats)) == ([], ["mia"])


async def test_an_outage_of_a_server_is_no_removal(tmp_path: Path) -> None:
    async with discord_over(tmp_path, chat=ChatOptions(left_days=0)) as peer:
        ann, pets = peer.room()
        await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
        peer.env.backend.emit("GUILD_DELETE", {"id": str(ann.guild.id), "unavailable": True})
        await peer.env.settle()
        await peer.running.store.erase_expired(discord.utils.utcnow())
        assert await known(peer, pets) == ["bo"]


@pytest.mark.parametrize(("memory", "left"), [("channel", []), ("server", ["bo"])])
async def test_a_deleted_channel_takes_its_own_memory_with_it(tmp_path: Path, memory: str, left: list[str]) -> None:
    async with discord_over(tmp_path, chat=ChatOptions(left_days=0), memory=memory) as peer:
        ann, pets = peer.room()
        await ann.slash(pets, "remember", name="bo", photo=("bo.png", RED))
        chat = Chat("discord", str(pets.id) if memory == "channel" else f"server-{ann.guild.id}")
        peer.env.backend.delete_channel(pets.id)
        await peer.env.settle()
        await peer.running.store.erase_expired(discord.utils.utcnow())
        assert [one.name for one in await peer.running.store.concepts(chat)] == left


# ── registration ──────────────────────────────────────────────────────────────────────────────────


async def test_commands_are_registered_in_every_language_within_discords_limits(tmp_path: Path) -> None:
    async with discord_over(tmp_path) as peer:
        (commands,) = peer.requests("/commands")
        names = {command["name"] for command in commands}
        assert {"remember", "forget", "ask", "import", "Remember this photo", "Who is this?"} <= names
        assert "start" not in names
        described = [one for command in commands for one in (command, *command.get("options", []))]
        for one in described:
            translated = one.get("description_localizations", {}).values()
            assert all(0 < len(text) <= 100 for text in (one.get("description", "…") or "…", *translated))
        remember = next(command for command in commands if command["name"] == "remember")
        assert set(remember["description_localizations"]) == {"de", "es-ES", "es-419", "zh-CN", "zh-TW"}
        menu = next(command for command in commands if command["name"] == "Who is this?")
        assert menu["name_localizations"]["de"] == "Wer ist das?"
        assert all(command["contexts"] == [0, 1] for command in commands)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_forms_words_fit_into_discords_forms(language: str) -> None:
    translator = Translators.load().of(language)
    words = (
        "Remember this photo",
        "Their name",
        "What they are, as in: dog",
        "What I should know about them",
    )
    assert all(len(translator.gettext(one)) <= 45 for one in words)


async def test_starting_registers_nothing(tmp_path: Path) -> None:
    async with core_on(tmp_path) as running, discord_peer(running) as peer:
        before = len(peer.requests("/commands"))
        await peer.restart()
        assert len(peer.requests("/commands")) == before


async def test_the_doctor_is_told_whose_token_it_is_and_what_is_missing(tmp_path: Path) -> None:
    async with discord_over(tmp_path) as peer:
        said = await introduction(peer.bot.client)
        assert "commands are registered; discord.message_content is off" in said
        peer.env.backend.commands.clear()
        with pytest.raises(PlatformError, match="python -m bot discord sync"):
            await introduction(peer.bot.client)
    async with discord_over(tmp_path, message_content=True) as peer:
        with pytest.raises(PlatformError, match="Message Content Intent"):
            await introduction(peer.bot.client)


async def test_a_bad_token_is_told_when_registering(tmp_path: Path) -> None:
    class Refused(RapportClient):
        async def login(self, token: str) -> None:
            raise discord.LoginFailure("Improper token has been passed.")

    with pytest.raises(PlatformError, match=r"discord\.token"):
        await sync(Refused(DiscordOptions()), SECRET, Translators.load())


def test_the_sync_command_wants_a_token() -> None:
    result = CliRunner().invoke(app, ["discord", "sync"], env={"RAPPORT_DISCORD__TOKEN": ""})
    assert result.exit_code == 1
    assert "RAPPORT_DISCORD__TOKEN" in result.output
