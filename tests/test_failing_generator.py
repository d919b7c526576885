"""A language model that is dead, told over every adapter and in every language: what can be said without it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.config import Config
from bot.running.rapport import rapport
from core.errors import GeneratorError
from core.i18n.lazy_strings import lazy_gettext
from core.messages import Chat, Message, Photo, Reply, Sender
from core.ports import Prompt
from tests.support.decoders import shared_decoders
from tests.support.drivers import EVERYWHERE, OpenDriver
from tests.support.fakes import blocks, fake_models

CANNOT = {
    "en": "I can't answer that right now. My language model doesn't answer at the moment",
    "de": "Das kann ich gerade nicht beantworten. Mein Sprachmodell antwortet gerade nicht",
    "es": "Ahora mismo no puedo responderte a eso. Mi modelo de lenguaje no responde",
    "zh": "这个我现在没法回答。我的语言模型现在没有回应",
}


class Dead:
    """A generator whose server is down, as the breaker tells it."""

    identity = "dead"
    sees = True

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        if prompt:
            raise GeneratorError(
                lazy_gettext("My language model doesn't answer at the moment; please ask again later.")
            )
        yield ""


class Person:
    """Somebody in one chat, whose last photo is of bo, who loves snow."""

    def __init__(self, answer: Callable[[Message], AsyncIterator[Reply]], language: str) -> None:
        self._answer, self._language = answer, language
        self.drafts: list[str] = []

    async def say(self, text: str = "", *photos: Photo) -> Reply:
        sender = Sender("ann", "Ann", language=self._language)
        message = Message(Chat("test", "home", private=True), sender, text, photos)
        *drafts, last = [reply async for reply in self._answer(message)]
        self.drafts = [one.text for one in drafts]
        return last


@pytest.fixture
async def person(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Person]:
    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"})
    async with rapport(config, fake_models(Dead()), decoders=shared_decoders()) as running:
        one = Person(running.assistant.answer, getattr(request, "param", "en"))
        await one.say("/remember bo | dog | loves snow", blocks("red"))
        assert (await one.say("", blocks("red"))).sightings
        yield one


@pytest.mark.parametrize(
    ("person", "question"),
    [
        ("en", "why is the sky blue?"),
        ("en", "tell me a story"),
        ("en", "who was Napoleon?"),
        ("en", "how many planets are there?"),
        ("en", "where is Paris?"),
        ("en", "why is it so cool today?"),
        ("en", "yes"),
        ("de", "Warum ist der Himmel blau?"),
        ("de", "Erzähl mir eine Geschichte"),
        ("es", "¿Por qué el cielo es azul?"),
        ("es", "¿Dónde está París?"),
        ("zh", "天空为什么是蓝色的？"),
        ("zh", "给我讲个故事"),
    ],
    indirect=["person"],
)
async def test_what_takes_a_model_is_said_to_take_one_and_nothing_of_the_last_photo(
    person: Person, question: str, request: pytest.FixtureRequest
) -> None:
    language = request.node.callspec.params["person"]
    reply = await person.say(question)
    assert reply.text.startswith(CANNOT[language])
    assert (reply.image, reply.buttons, reply.sightings, person.drafts) == (None, (), (), [])
    assert not reply.silent
    # With a photo of its own it's told who is there, too.
    reply = await person.say(question, blocks("red"))
    assert "bo" in reply.text
    assert CANNOT[language] in reply.text
    assert reply.image


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("what does bo like?", "bo loves snow.\n\nI can't say more than that right now."),
        ("who is bo?", "bo loves snow.\n\nI can't say more"),
        ("who is this?", "That's bo. bo loves snow.\n\nI can't say more"),
        ("is bo there?", "Yes, that's bo.\n\nI can't say more"),
        ("thanks!", "You're welcome!"),
        ("hello", "Hello! Send me a photo, or ask me about bo."),
        ("forget everything", "To erase everything here, send /forgetall"),
    ],
)
async def test_what_facts_answer_is_answered_without_a_model(person: Person, question: str, said: str) -> None:
    assert (await person.say(question)).text.startswith(said)


async def test_the_last_photo_is_no_first_draft_of_an_answer_that_is_not_about_it(person: Person) -> None:
    await person.say("why is the sky blue?")
    assert person.drafts == []
    await person.say("who is this?")
    assert person.drafts == ["That's bo. bo loves snow."]


@EVERYWHERE
async def test_every_platform_says_so(open_driver: OpenDriver, tmp_path: Path) -> None:
    red = tmp_path / "red.png"
    red.write_bytes(blocks("red").data)
    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'failing.db'}"}, web={"port": 0})
    async with (
        rapport(config, fake_models(Dead())) as running,
        open_driver(running, config, tmp_path / "out") as person,
    ):
        await person.say("/remember bo", red)
        assert "That's bo." in await person.say("", red)
        reply = await person.say("why is the sky blue?")
        assert CANNOT["en"] in reply
        assert "That's bo" not in reply
        reply = await person.say("why is the sky blue?", red)
        assert CANNOT["en"] in reply
        assert "That's bo." in reply
