"""What is forgotten while a language model answers comes back nowhere."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.build.assistant import whereabouts_of
from bot.build.models import generator_of
from bot.config import Config
from bot.running.rapport import rapport
from core.assistant.commands.browse import privacy
from core.assistant.request import Request
from core.messages import Chat, Message, Photo, Reply
from core.ports import Prompt
from tests.core.assistant.test_assistant import ADMIN, ANN, Talk, talking
from tests.support.decoders import shared_decoders
from tests.support.fakes import SlowTalker, blocks, fake_models
from tests.support.hostile.forgetting import WAYS, attempts, leaks, parroting_bot
from tests.support.hostile.telling_photos import KINDS, assert_nothing_but_pixels, photo_with_a_past

ATTEMPTS = attempts(50)


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_forgotten_under_an_answer_comes_back_nowhere(tmp_path: Path, way: str) -> None:
    async with parroting_bot(tmp_path) as bot:
        found = [leak for one in ATTEMPTS if one.way == way for leak in await leaks(bot, one)]
    assert found == []


EDITS = ("/forget bo", "/forgetall yes", "/undo", "/rename bo | rex", "/describe bo | sleeps", "/category bo | cat")


@dataclass
class Remark:
    """A generator that reads what was said before, and speaks of nobody."""

    prompts: list[Prompt] = field(default_factory=list)
    identity: str = "remark"
    sees: bool = False

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        self.prompts.append(prompt)
        yield "As you say."


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("by_this_process", [True, False])
async def test_a_conversation_is_given_back_only_while_all_of_it_is_still_so(
    tmp_path: Path, edit: str, by_this_process: bool
) -> None:
    remark = Remark()
    async with talking(tmp_path, remark) as talk, talking(tmp_path) as other:
        await talk.say("/remember bo | dog | hides the key", blocks("red"), sender=ADMIN)
        await talk.say("tell me about bo")
        await talk.say("/remember mia", blocks("blue"))  # more is known, nothing less: it goes on
        await talk.say("and mia?")
        assert [entry.text for entry in remark.prompts[-1].history] == ["tell me about bo", "As you say."]
        if edit == "/undo":
            await talk.say("/undo")  # of mia
            await talk.say("tell me about bo")
        await (talk if by_this_process else other).say(edit, sender=ADMIN)
        await talk.say("what did I ask you?")
    assert (remark.prompts[-1].history, remark.prompts[-1].said) == ((), ())


async def test_what_a_question_under_way_named_is_neither_asked_on_nor_filed(tmp_path: Path) -> None:
    talker = SlowTalker(lambda prompt: ["So ", f"you ask: {prompt.question}"])
    async with talking(tmp_path, talker) as talk:
        await talk.say("/remember Bo", blocks("red"))
        answer = asyncio.create_task(talk.say("Where are BO’s toys, and Mia's?"))
        await talker.said.wait()
        await talk.say("/forget bo")
        talker.go_on.set()
        assert (await answer).text == "So you ask: Where are someone’s toys, and Mia's?"
        await talk.say("and now?")
    assert talker.prompts[-1].said[0].text == "Where are someone’s toys, and Mia's?"


async def test_a_draft_is_taken_back_as_soon_as_it_is_wrong_though_the_generator_keeps_silent(tmp_path: Path) -> None:
    talker = SlowTalker(lambda prompt: [f"I know {len(prompt.known)}", " of them", "."])
    async with talking(tmp_path, talker) as talk:
        await talk.say("/remember bo", blocks("red"))
        replies = talk.running.assistant.answer(Message(talk.chat, ANN, "tell me about bo"))
        drafts = asyncio.Queue[Reply]()

        async def hear() -> None:
            async for reply in replies:
                drafts.put_nowait(reply)

        hearing = asyncio.create_task(hear())
        await talker.said.wait()
        talker.step()
        draft = await drafts.get()
        assert (draft.text, [words for _, words in draft.basis.facts]) == ("I know 1", ["bo"])
        await talk.say("/forget bo")
        assert (await drafts.get()).text == "…"
        talker.go_on.set()
        await hearing
    assert [prompt.question for prompt in talker.prompts] == ["tell me about bo", "tell me about someone"]


async def test_what_waits_for_the_generator_is_not_handed_over_once_it_is_wrong(tmp_path: Path) -> None:
    talker = SlowTalker(lambda prompt: [f"I know {len(prompt.known)}", "."])
    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"}, generator={"concurrency": 1})
    async with rapport(config, fake_models(talker), decoders=shared_decoders()) as running:
        talk = Talk(running, Chat("test", "home"))
        await talk.say("/remember bo", blocks("red"))
        first = asyncio.create_task(talk.elsewhere(Chat("test", "away")).say("tell me more"))
        await talker.said.wait()
        second = asyncio.create_task(talk.say("tell me about bo"))
        while not any(lane.waiting for lane in talk.running.executor.stats()):  # noqa: ASYNC110 - it says so nowhere else
            await asyncio.sleep(0)
        await talk.say("/forget bo")
        talker.go_on.set()
        await first
        assert (await second).text == "I know 0."
    assert [prompt.known for prompt in talker.prompts] == [(), ()]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_photo_is_shown_to_others_as_its_pixels_alone(tmp_path: Path, kind: str) -> None:
    photo = photo_with_a_past(kind)
    assert b"ecret" in photo
    async with talking(tmp_path) as talk:
        assert_nothing_but_pixels(await talk.running.assistant.viewable(talk.chat, Photo(photo)))


@pytest.mark.parametrize(
    ("config", "said", "unsaid"),
    [
        ({}, ["Nothing leaves the computer"], ["language model"]),
        ({"generator": {"kind": "openai"}}, ["language model answers you", "Nothing leaves"], ["which my host"]),
        (
            {"generator": {"kind": "openai", "base_url": "https://ann:pw@llm.example.org:8000/v1"}},
            ["language model that answers you is at llm.example.org,", "Apart from that"],
            ["Nothing leaves", "ann", "pw", "8000"],
        ),
        (
            {"store": {"url": "postgresql+asyncpg://ann:pw@db.example.org:5432/rapport"}},
            ["on the server db.example.org,", "Apart from that"],
            ["Nothing leaves", "ann:", "pw", "5432", "language model"],
        ),
        ({"store": {"url": "postgresql+asyncpg://ann@/rapport?host=/run/postgresql"}}, ["Nothing leaves"], ["server"]),
        ({"store": {"url": "postgresql+asyncpg://ann:pw@[::1]/rapport"}}, ["Nothing leaves"], ["server", "ann"]),
    ],
)
async def test_privacy_says_who_gets_what_with_this_model_and_this_database(
    tmp_path: Path, config: dict[str, Any], said: list[str], unsaid: list[str]
) -> None:
    chosen = Config(**config)
    where = whereabouts_of(chosen, generator_of(chosen))
    async with talking(tmp_path) as talk:
        services = replace(talk.running.assistant._services, whereabouts=where)
        message = Message(talk.chat, ANN, "/privacy")
        answer = privacy.run(services, await Request.read(services, message), None)
        assert not isinstance(answer, AsyncGenerator)
        text = (await answer).text
    assert [one for one in said if one not in text] == []
    assert [one for one in unsaid if one in text] == []
