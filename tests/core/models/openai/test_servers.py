from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from bot.build.assistant import whereabouts_of
from bot.build.models import generator_of
from bot.config import Config
from core.errors import GeneratorError
from core.models.openai.servers import OpenAIServers
from core.ports import Prompt
from tests.support.clock import skip
from tests.support.peers.openai import Answer, Died, Peer, openai_peer

NOBODY = "http://127.0.0.1:9/v1"


@pytest.fixture
async def peers() -> AsyncIterator[tuple[Peer, Peer]]:
    async with openai_peer() as one, openai_peer() as other:
        yield one, other


@asynccontextmanager
async def asking(*urls: str) -> AsyncIterator[OpenAIServers]:
    asked = generator_of(Config(generator={"kind": "openai", "model": "llava", "base_url": ", ".join(urls)}))
    assert isinstance(asked, OpenAIServers)
    try:
        yield asked
    finally:
        await asked.aclose()


async def ask(asked: OpenAIServers, photo: bytes = b"") -> str:
    return "".join([piece async for piece in asked.generate(Prompt("who?", photo=photo or None))])


async def test_the_server_with_the_fewest_answers_under_way_is_asked(peers: tuple[Peer, Peer]) -> None:
    go_on = asyncio.Event()
    for peer in peers:
        peer.script = lambda _: Answer(after=go_on)
    async with asking(*(peer.url for peer in peers)) as asked, asyncio.TaskGroup() as group:
        for count in range(1, 5):
            group.create_task(ask(asked))
            while sum(len(peer.questions) for peer in peers) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # nothing tells when a question has arrived there
        assert [len(peer.questions) for peer in peers] == [2, 2]
        go_on.set()


async def test_questions_about_one_photo_go_to_one_server_while_both_are_free(peers: tuple[Peer, Peer]) -> None:
    async with asking(*(peer.url for peer in peers)) as asked:
        for _ in range(3):
            await ask(asked, b"a photo")
        assert sorted(len(peer.questions) for peer in peers) == [0, 3]
        for number in range(20):
            await ask(asked, f"photo {number}".encode())
    assert all(len(peer.questions) > 3 for peer in peers)


async def test_a_dead_server_costs_no_answer_and_is_left_alone(peers: tuple[Peer, Peer]) -> None:
    alive, _ = peers
    async with asking(NOBODY, alive.url) as asked:
        answers = [await ask(asked, f"photo {number}".encode()) for number in range(6)]
        assert answers == ["That's bo."] * 6
        assert asked.silent_for is None  # one answers
    assert len(alive.questions) == 6


async def test_a_server_that_is_back_is_asked_again(peers: tuple[Peer, Peer]) -> None:
    one, other = peers
    one.script = lambda _: Answer(status=503)
    async with AsyncExitStack() as stack:
        asked = await stack.enter_async_context(asking(one.url, other.url))
        photos = [f"photo {number}".encode() for number in range(8)]
        for photo in photos:
            assert await ask(asked, photo) == "That's bo."
        met = len(one.questions)
        assert met
        one.script = lambda _: Answer()
        while len(one.questions) < met + 2:  # the skip closes idle connections, which may spoil a probe
            skip(130)
            for photo in photos:
                assert await ask(asked, photo) == "That's bo."


async def test_what_breaks_off_is_not_begun_anew_elsewhere(peers: tuple[Peer, Peer]) -> None:
    for peer in peers:
        peer.script = lambda _: Answer(steps=["That", Died()])
    async with asking(*(peer.url for peer in peers)) as asked:
        with pytest.raises(GeneratorError):
            await ask(asked)
    assert sum(len(peer.questions) for peer in peers) == 1


async def test_when_no_server_answers_that_is_told() -> None:
    async with asking(NOBODY, NOBODY.replace("9", "11")) as asked:
        with pytest.raises(GeneratorError):
            await ask(asked)
        assert asked.silent_for is not None


def test_chats_are_told_each_server_that_gets_something() -> None:
    config = Config(generator={"kind": "openai", "base_url": "http://a.example/v1, http://b.example/v1"})
    assert whereabouts_of(config, generator_of(config)).model == "a.example, b.example"
    here = config.model_copy(update={"generator": replace_url(config, "http://127.0.0.1:1/v1,http://127.0.0.1:2/v1")})
    assert whereabouts_of(here, generator_of(here)).model == ""


def replace_url(config: Config, url: str) -> object:
    return config.generator.model_copy(update={"base_url": url})
