"""A server that keeps pictures by their ids, as vLLM does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from core.errors import GeneratorError
from core.models.openai.generator import OpenAIGenerator
from core.models.options import GeneratorOptions
from core.ports import Prompt, PromptConcept
from tests.support.peers.openai import Answer, Peer, openai_peer

PHOTO, OTHER, REFERENCE = b"\xff\xd8photo", b"\xff\xd8another", b"\xff\xd8reference"
PROMPT = Prompt("who?", photo=PHOTO, size=(640, 480), known=(PromptConcept(1, "bo", "dog", "a Shiba Inu", REFERENCE),))


@dataclass
class Keeping:
    """The server's pictures, and for each question how many came with their bytes and how many by their ids alone."""

    kept: dict[str, str] = field(default_factory=dict)
    sent: list[tuple[int, int]] = field(default_factory=list)

    def answer(self, question: dict[str, Any]) -> Answer:
        parts = [part for one in question["messages"] if isinstance(one["content"], list) for part in one["content"]]
        pictures = [part for part in parts if part["type"] == "image_url"]
        whole = {part["uuid"]: part["image_url"]["url"] for part in pictures if part["image_url"]}
        self.sent.append((len(whole), len(pictures) - len(whole)))
        if any(part["uuid"] not in self.kept for part in pictures if not part["image_url"]):
            return Answer(status=400, message="Expected a cached item for this mm_hash")
        self.kept |= whole
        return Answer()


def generator(peer: Peer, *, keeps_pictures: bool) -> OpenAIGenerator:
    return OpenAIGenerator(GeneratorOptions(base_url=peer.url, model="llava", keeps_pictures=keeps_pictures), retries=0)


async def ask(asked: OpenAIGenerator, prompt: Prompt = PROMPT) -> str:
    return "".join([str(piece) async for piece in asked.generate(prompt)])


async def test_each_picture_is_sent_once_and_again_when_the_server_has_lost_it() -> None:
    keeping = Keeping()
    async with openai_peer() as peer:
        peer.script = keeping.answer
        asked = generator(peer, keeps_pictures=True)
        assert await ask(asked) == "That's bo."
        assert await ask(asked) == "That's bo."
        assert await ask(asked, replace(PROMPT, photo=OTHER)) == "That's bo."
        assert keeping.sent == [(2, 0), (0, 2), (1, 1)]
        keeping.kept.clear()
        assert await ask(asked) == "That's bo."
        assert await ask(asked) == "That's bo."
        assert keeping.sent[3:] == [(0, 2), (2, 0), (0, 2)]
        await asked.aclose()


async def test_a_question_that_fails_whole_fails_and_a_server_down_is_asked_once() -> None:
    async with openai_peer() as peer:
        peer.script = Keeping().answer
        asked = generator(peer, keeps_pictures=True)
        await ask(asked)
        peer.script = lambda _: Answer(status=400, message="no")
        with pytest.raises(GeneratorError):
            await ask(asked)
        assert len(peer.questions) == 3  # by ids, then whole
        peer.script = lambda _: Answer(status=502)
        with pytest.raises(GeneratorError):
            await ask(asked)
        assert len(peer.questions) == 4
        await asked.aclose()


async def test_no_ids_go_to_servers_that_are_not_said_to_keep_pictures() -> None:
    async with openai_peer() as peer:
        asked = generator(peer, keeps_pictures=False)
        await ask(asked)
        await ask(asked)
        assert peer.questions[0] == peer.questions[1]
        assert "uuid" not in str(peer.questions)
        await asked.aclose()
