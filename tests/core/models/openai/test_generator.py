from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from core.errors import Busy, ConfigError, GeneratorError
from core.executor.executor import Executor
from core.models.openai.generator import OpenAIGenerator
from core.models.options import GeneratorOptions
from core.ports import HistoryEntry, Prompt, PromptConcept, StatusMessage
from tests.support.clock import skip
from tests.support.peers.openai import Answer, Died, Peer, openai_peer

PHOTO, REFERENCE = b"\xff\xd8photo", b"\xff\xd8reference"
PROMPT = Prompt(
    "What is he doing?",
    photo=PHOTO,
    size=(640, 480),
    known=(PromptConcept(1, "bo", "dog", "a Shiba Inu", REFERENCE),),
    names=("bo",),
    history=(HistoryEntry("user", "Hello"), HistoryEntry("assistant", "Hi!")),
)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with openai_peer() as running:
        yield running


def generator(
    url: str,
    *,
    model: str = "llava",
    api_key: str = "",
    timeout: float = 30.0,
    retries: int = 2,
    **more: float,
) -> OpenAIGenerator:
    options = GeneratorOptions(base_url=url, model=model, api_key=SecretStr(api_key), timeout=timeout, **more)
    return OpenAIGenerator(options, retries=retries)


async def ask_open(asked: OpenAIGenerator, prompt: Prompt = PROMPT) -> str:
    """The answer; the generator stays open for another."""
    pieces = [piece async for piece in asked.generate(prompt)]
    return "".join(piece for piece in pieces if not isinstance(piece, StatusMessage))


async def ask(asked: OpenAIGenerator, prompt: Prompt = PROMPT) -> str:
    try:
        return await ask_open(asked, prompt)
    finally:
        await asked.aclose()


async def ping(asked: OpenAIGenerator) -> None:
    try:
        await asked.ping()
    finally:
        await asked.aclose()


# ── the question and its answer ───────────────────────────────────────────────────────────────────


async def test_the_photo_and_the_references_go_out_in_raps_order_as_data_urls(peer: Peer) -> None:
    assert await ask(generator(peer.url)) == "That's bo."
    (question,) = peer.questions
    assert (question["model"], question["stream"]) == ("llava", True)
    assert (question["max_tokens"], question["temperature"]) == (400, 0.2)
    system, hello, hi, turn = question["messages"]
    assert [system["role"], hello["content"], hi["content"], turn["role"]] == [
        *("system", "Hello", "Hi!", "user"),
    ]
    kinds = [part["type"] for part in turn["content"]]
    assert kinds == ["text", "image_url", "text", "image_url", "text"]
    urls = [part["image_url"]["url"] for part in turn["content"] if part["type"] == "image_url"]
    assert urls == [f"data:image/jpeg;base64,{base64.b64encode(one).decode()}" for one in (PHOTO, REFERENCE)]
    assert "Name: bo" in turn["content"][4]["text"]
    assert turn["content"][4]["text"].endswith("Question: What is he doing?")


async def test_pieces_arrive_before_the_server_has_said_the_last(peer: Peer) -> None:
    last = asyncio.Event()
    peer.answers.append(Answer(["first", last, " last"]))
    asked = generator(peer.url)
    pieces = asked.generate(PROMPT)
    assert await anext(pieces) == "first"
    last.set()
    assert [piece async for piece in pieces] == [" last"]
    await asked.aclose()


async def test_an_answer_cut_for_its_length_shows_that_it_goes_on(peer: Peer) -> None:
    peer.answers.append(Answer(["Once upon"], finish="length"))
    assert await ask(generator(peer.url)) == "Once upon …"


async def test_the_key_is_sent_and_nothing_is_opened_before_the_first_question(peer: Peer) -> None:
    peer.key = "secret"
    asked = generator(peer.url, api_key="secret")
    await asked.aclose()
    assert peer.questions == []
    assert await ask(asked) == "That's bo."
    assert asked.identity == "openai:llava"


async def test_a_server_that_takes_one_picture_gets_the_question_without_references(peer: Peer) -> None:
    refusal = Answer(status=400, message="At most 1 image(s) may be provided in one request.")
    peer.answers.append(refusal)
    asked = generator(peer.url)
    for _ in range(2):
        assert "".join([piece async for piece in asked.generate(PROMPT)]) == "That's bo."
    await asked.aclose()
    pictures = [str(question).count("data:image/jpeg") for question in peer.questions]
    assert pictures == [2, 1, 1]


# ── retries ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_again_when_it_says_so(peer: Peer, status: int) -> None:
    peer.answers.append(Answer(status=status, headers={"retry-after": "0"}))
    assert await ask(generator(peer.url)) == "That's bo."
    assert len(peer.questions) == 2


async def test_who_waits_for_a_busy_server_hears_why_and_then_the_answer(peer: Peer) -> None:
    peer.answers.extend(Answer(status=429, headers={"retry-after": "0"}) for _ in range(2))
    asked = generator(peer.url)
    pieces = [piece async for piece in asked.generate(PROMPT)]
    await asked.aclose()
    assert [isinstance(piece, StatusMessage) for piece in pieces] == [True, True, False, False, False]
    assert "trying again" in pieces[0]
    assert "".join(pieces[2:]) == "That's bo."


async def test_a_server_that_stays_busy_is_a_polite_busy(peer: Peer) -> None:
    peer.answers.extend(Answer(status=503, headers={"retry-after": "0"}) for _ in range(3))
    with pytest.raises(Busy, match="too much to do right now"):
        await ask(generator(peer.url))
    assert len(peer.questions) == 3


@pytest.mark.parametrize(
    "later", ["3600", format_datetime(datetime.now(UTC) + timedelta(hours=1))], ids=["seconds", "date"]
)
async def test_a_server_busy_for_long_is_not_waited_for(peer: Peer, later: str) -> None:
    peer.answers.append(Answer(status=429, headers={"retry-after": later}))
    with pytest.raises(Busy):
        await ask(generator(peer.url))
    assert len(peer.questions) == 1


@pytest.mark.parametrize("wish", ["soon", "Mon, 01 Jan 2001 00:00:00 GMT"])
async def test_a_wish_for_a_retry_that_makes_no_sense_is_no_obstacle(peer: Peer, wish: str) -> None:
    peer.answers.append(Answer(status=429, headers={"retry-after": wish}))
    assert await ask(generator(peer.url)) == "That's bo."


async def test_a_failing_server_is_not_asked_again_and_its_words_are_told_but_for_those_of_people(peer: Peer) -> None:
    told = "CUDA error\nat 'What is  HE doing?' of a Shiba Inu, data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD"
    peer.answers.append(Answer(status=500, message=told))
    with pytest.raises(
        GeneratorError, match="failed with HTTP 500: “CUDA error at '…' of …, data:image/jpeg"
    ) as caught:
        await ask(generator(peer.url))
    assert len(peer.questions) == 1
    assert "AAQSk" not in str(caught.value)
    assert not caught.value.for_chats


# ── what goes wrong ───────────────────────────────────────────────────────────────────────────────


async def test_a_wrong_key_says_which_setting_to_check(peer: Peer) -> None:
    peer.key = "secret"
    for attempt in (ask(generator(peer.url, api_key="guess")), ping(generator(peer.url))):
        with pytest.raises(GeneratorError, match=r"generator\.api_key"):
            await attempt


async def test_an_unknown_model_is_named(peer: Peer) -> None:
    with pytest.raises(GeneratorError, match=r"doesn't know the model llama.*generator\.model"):
        await ask(generator(peer.url, model="llama"))


async def test_a_question_too_long_for_the_model_says_what_to_lower(peer: Peer) -> None:
    text = "This model's maximum context length is 4096 tokens, but you requested 5000."
    peer.answers.append(Answer(status=400, message=text))
    with pytest.raises(GeneratorError, match=r"too long for llava.*chat\.history"):
        await ask(generator(peer.url))


async def test_no_server_says_what_to_check_without_telling_the_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    asked = generator(f"http://ann:hunter2@127.0.0.1:{port}/v1?token=hush", retries=1)
    with pytest.raises(GeneratorError, match=rf"http://127\.0\.0\.1:{port}/v1\. Is it running") as caught:
        await ask(asked)
    assert "hunter2" not in str(caught.value)
    assert "hush" not in str(caught.value)


@asynccontextmanager
async def listening(port: int, peer: Peer) -> AsyncIterator[None]:
    """The peer behind another port; at the end it hangs up on everybody."""
    callers: list[asyncio.StreamWriter] = []

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(writer)
        address = urlsplit(peer.url)
        there, back = await asyncio.open_connection(address.hostname, address.port)
        await asyncio.gather(copy(reader, back), copy(there, writer))

    async with await asyncio.start_server(pass_on, "127.0.0.1", port):
        yield
        for caller in callers:
            caller.close()


async def test_whoever_asks_a_deserted_server_next_is_told_at_once_until_it_is_back(peer: Peer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    asked = generator(f"http://127.0.0.1:{port}/v1", retries=1)

    async def waits() -> int:
        count = 0
        with suppress(GeneratorError):
            async for piece in asked.generate(PROMPT):
                count += isinstance(piece, StatusMessage)
        return count

    assert [await waits(), await waits(), await waits()] == [1, 0, 0]
    async with listening(port, peer):
        assert await waits() == 0
        assert peer.questions == []
        skip(16)
        assert await ask_open(asked) == "That's bo."
        peer.answers.append(Answer(status=429, headers={"retry-after": "0"}))
        assert await waits() == 1
        assert len(peer.questions) == 3
    assert await waits() == 1
    await asked.aclose()


async def test_a_server_that_dies_in_mid_answer_leaves_what_it_said_and_a_sentence(peer: Peer) -> None:
    peer.answers.append(Answer(["That's", Died()]))
    asked = generator(peer.url)
    pieces = asked.generate(PROMPT)
    assert await anext(pieces) == "That's"
    with pytest.raises(GeneratorError, match="broke off in mid-answer"):
        await anext(pieces)
    assert len(peer.questions) == 1
    await asked.aclose()


async def test_an_answer_that_stops_without_an_end_has_broken_off(peer: Peer) -> None:
    peer.answers.append(Answer(["That's"], finish=None))
    with pytest.raises(GeneratorError, match="broke off in mid-answer"):
        await ask(generator(peer.url))


async def test_a_server_that_falls_silent_is_busy_and_not_asked_again(peer: Peer) -> None:
    later = asyncio.Event()
    for number, silent in enumerate((Answer(after=later), Answer([later]), Answer(["That's", later]))):
        peer.answers.append(silent)
        asking = asyncio.create_task(ask(generator(peer.url, timeout=200, max_seconds=1e6)))
        while len(peer.questions) <= number:  # noqa: ASYNC110 - the peer's list has no event
            await asyncio.sleep(0.001)
        while not asking.done():
            skip(201)
            await asyncio.sleep(0.001)
        with pytest.raises(Busy, match=r"kept silent for 200 seconds"):
            await asking
    later.set()
    assert len(peer.questions) == 3


async def test_an_empty_answer_is_an_error(peer: Peer) -> None:
    peer.answers.append(Answer([]))
    with pytest.raises(GeneratorError, match="empty answer"):
        await ask(generator(peer.url))


@pytest.mark.parametrize("body", ["data: {not json}\n\n", "data: \xff\n\n"])
async def test_an_answer_in_another_protocol_says_so(peer: Peer, body: str) -> None:
    peer.answers.append(Answer(body=body))
    with pytest.raises(GeneratorError, match=r"not the answer of an OpenAI-compatible server"):
        await ask(generator(peer.url))


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://host", "http://", "http://[bad", "http://a:b:c"])
def test_an_address_that_is_none_is_a_mistake_of_the_configuration(url: str) -> None:
    with pytest.raises(ConfigError, match=r"generator\.base_url"):
        generator(url)


@pytest.mark.parametrize("key", ["ключ", "two\nlines"])
def test_a_key_that_is_none_is_a_mistake_of_the_configuration(key: str) -> None:
    with pytest.raises(ConfigError, match=r"generator\.api_key"):
        generator("http://127.0.0.1:8000/v1", api_key=key)


# ── hanging up ────────────────────────────────────────────────────────────────────────────────────


async def test_closing_the_answer_hangs_up_and_the_server_notices(peer: Peer) -> None:
    peer.answers.append(Answer(["first", asyncio.Event()]))
    asked = generator(peer.url)
    async with aclosing(asked.generate(PROMPT)) as pieces:  # type: ignore[type-var]
        assert await anext(pieces) == "first"
    await peer.hung_up.wait()
    await asked.aclose()


async def test_a_cancelled_message_hangs_up_through_the_executor(peer: Peer) -> None:
    peer.answers.append(Answer(["first", asyncio.Event()]))
    asked = generator(peer.url)
    heard = asyncio.Event()

    async with Executor() as executor:
        lane = executor.stream_lane("generate", asked.generate)

        async def listen() -> None:
            async for _ in lane.stream(PROMPT, chat="home"):
                heard.set()

        task = asyncio.create_task(listen())
        await heard.wait()
        task.cancel()
        await peer.hung_up.wait()
        assert lane.stats().running == 0
    await asked.aclose()


async def test_who_goes_while_a_busy_server_is_waited_for_lets_no_more_be_asked(peer: Peer) -> None:
    peer.answers.append(Answer(status=429, headers={"retry-after": "0"}))
    asked = generator(peer.url)
    async with aclosing(asked.generate(PROMPT)) as pieces:  # type: ignore[type-var]
        assert isinstance(await anext(pieces), StatusMessage)
    assert len(peer.questions) == 1
    await asked.aclose()


class Awaited(asyncio.Event):
    """An event that never comes, and tells when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()

    async def wait(self) -> Literal[True]:
        self.begun.set()
        return await super().wait()


async def test_a_question_cancelled_before_its_answer_begins_is_not_asked_again(peer: Peer) -> None:
    never = Awaited()
    peer.answers.append(Answer(after=never))
    asked = generator(peer.url)
    task = asyncio.create_task(ask(asked))
    await never.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(peer.questions) == 1


# ── ping ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("served", [("llava",), ("other", "llava:latest"), ()])
async def test_ping_is_content_with_a_server_that_has_the_model(peer: Peer, served: tuple[str, ...]) -> None:
    peer.models = served
    await ping(generator(peer.url))


async def test_ping_names_the_models_there_are(peer: Peer) -> None:
    peer.models = ("qwen", "pixtral")
    with pytest.raises(GeneratorError, match=r"no model llava; it has qwen, pixtral\. Set generator\.model"):
        await ping(generator(peer.url))


async def test_ping_says_when_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(GeneratorError, match="Is it running"):
        await ping(generator(f"http://127.0.0.1:{port}/v1"))
