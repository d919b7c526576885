"""A language model that keeps silent holds up nobody: not the chat's next message either."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.config import Config
from bot.running.rapport import rapport
from core.messages import Chat, Message, Reply, Sender
from core.models.openai.generator import OpenAIGenerator
from core.platforms.order import ChatOrder
from tests.support.clock import skip
from tests.support.fakes import blocks, fake_models
from tests.support.peers.openai import Answer, openai_peer


async def test_the_next_message_is_answered_while_the_words_for_the_last_one_are_awaited(tmp_path: Path) -> None:
    silent, asked, order = asyncio.Event(), asyncio.Event(), ChatOrder()
    async with openai_peer() as peer:
        options = {"kind": "openai", "base_url": peer.url, "model": "llava"}
        config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"}, generator=options)
        async with rapport(config, fake_models(OpenAIGenerator(config.generator, retries=0))) as running:
            replies: dict[str, list[Reply]] = {"what is this?": [], "and that?": []}

            async def answer(text: str) -> None:
                message = Message(Chat("test", "1"), Sender("ann"), text, (blocks("red"),))
                async for reply in running.assistant.answer(message):
                    replies[text].append(reply)

            def keep_silent(_: object) -> Answer:
                asked.set()
                return Answer(after=silent)

            peer.script = keep_silent
            first = order.submit("test:1", lambda: answer("what is this?"))
            await asked.wait()
            peer.script = lambda _: Answer(["A second block."])
            second = order.submit("test:1", lambda: answer("and that?"))
            await asyncio.sleep(0.1)
            assert not replies["and that?"]  # as long as a model may take to begin
            skip(11)
            await second
            assert "A second block." in replies["and that?"][-1].text
            assert not first.done()
            silent.set()
            await first
            assert replies["what is this?"][-1].final
