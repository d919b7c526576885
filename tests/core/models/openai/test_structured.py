from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from core.errors import Busy, GeneratorError
from core.models.openai.question import Jpeg, NoUsableAnswer, Server, StructuredQuestion, Tokens, schema_of
from core.models.openai.structured import StructuredClient
from tests.support.clock import skip
from tests.support.peers.openai import Answer, Died, Peer, openai_peer

KEY = "sk-very-secret"


class Part(BaseModel):
    word: str = Field(max_length=20, description="A word.")
    sort: Literal["text", "picture"]


class Thing(BaseModel):
    kind: str
    parts: list[Part]


GOOD = '{"kind": "mug", "parts": [{"word": "ear", "sort": "picture"}]}'
THING = Thing(kind="mug", parts=[Part(word="ear", sort="picture")])
QUESTION = StructuredQuestion("Be brief.", ("What is it?", Jpeg(b"\xff\xd8jpeg", 640, 480)), Thing)


class Counting:
    """A meter that lets everything pass."""

    def __init__(self) -> None:
        self.admitted: list[Tokens] = []
        self.spent: list[Tokens] = []

    async def admit(self, most: Tokens, /) -> Tokens:
        self.admitted.append(most)
        return most

    def settle(self, aside: Tokens, spent: Tokens, /) -> None:
        assert aside in self.admitted
        self.spent.append(spent)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with openai_peer() as running:
        yield running


def server(url: str, **changed: Any) -> Server:
    return Server(
        **{"base_url": url, "model": "llava", "api_key": SecretStr(KEY), "max_tokens": 500, "pause": 0, **changed}
    )


async def ask(asked: Server, meter: Counting | None = None, question: StructuredQuestion[Thing] = QUESTION) -> Thing:
    client = StructuredClient(asked, meter or Counting())
    try:
        return await client.ask(question)
    finally:
        await client.aclose()


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 - the peer's list has no event
        await asyncio.sleep(0.001)


def says(*texts: str, **how: Any) -> list[Answer]:
    return [Answer([text], **how) for text in texts]


# ── a good answer ─────────────────────────────────────────────────────────────────────────────────


async def test_an_answer_by_the_schema_is_an_object_and_its_tokens_are_counted(peer: Peer) -> None:
    peer.answers.extend(says(GOOD, usage=(700, 80)))
    meter = Counting()

    assert await ask(server(peer.url), meter) == THING

    (asked,) = peer.questions
    assert meter.spent == [Tokens(700, 80)]
    assert meter.admitted[0].output == asked["max_tokens"] == 500
    assert meter.admitted[0].input >= 258  # a picture alone is as much
    system, user = asked["messages"]
    assert system == {"role": "system", "content": "Be brief."}
    assert [part["type"] for part in user["content"]] == ["text", "image_url"]
    assert asked["response_format"]["json_schema"]["schema"] == schema_of(Thing)


def test_a_schema_has_only_what_every_server_takes() -> None:
    assert schema_of(Thing) == {
        "type": "object",
        "properties": {
            "kind": {"type": "string"},
            "parts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "word": {"type": "string", "description": "A word."},
                        "sort": {"type": "string", "enum": ["text", "picture"]},
                    },
                    "required": ["word", "sort"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["kind", "parts"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{GOOD}\n```",
        f"Here it is:\n\n```\n{GOOD}\n```\nAnything else?",
        f"Sure! {GOOD} That is all.",
        f"<think>Maybe {{'kind': 1}}? No.</think>\n{GOOD}",
        f'{{"note": "first"}} {GOOD}',
        GOOD.replace('"kind"', '"more": 1, "kind"'),
    ],
)
async def test_json_is_found_among_other_words(peer: Peer, text: str) -> None:
    peer.answers.extend(says(text))

    assert await ask(server(peer.url)) == THING
    assert len(peer.questions) == 1


async def test_a_server_that_counts_nothing_is_counted_by_us(peer: Peer) -> None:
    peer.answers.extend(says(GOOD, usage=None))
    meter = Counting()

    await ask(server(peer.url), meter)

    assert meter.spent[0].input == meter.admitted[0].input
    assert 10 <= meter.spent[0].output <= len(GOOD)


# ── what a server takes ───────────────────────────────────────────────────────────────────────────


def refusing(*refused: tuple[Callable[[dict[str, Any]], bool], str]) -> Callable[[dict[str, Any]], Answer]:
    """A server that refuses what is so, with these words, and answers all else."""

    def script(question: dict[str, Any]) -> Answer:
        for is_so, words in refused:
            if is_so(question):
                return Answer(status=400, message=words)
        return Answer([GOOD])

    return script


async def test_a_server_without_schemas_is_asked_for_json_and_then_in_plain_words_and_that_is_remembered(
    peer: Peer,
) -> None:
    peer.script = refusing(
        (lambda asked: asked.get("response_format", {}).get("type") == "json_schema", "Invalid schema for json_schema"),
        (lambda asked: "response_format" in asked, "response_format is not supported by this model"),
    )
    client, meter = None, Counting()
    try:
        client = StructuredClient(server(peer.url), meter)
        assert await client.ask(QUESTION) == THING
        assert await client.ask(QUESTION) == THING
    finally:
        assert client
        await client.aclose()

    forms = [asked.get("response_format", {}).get("type") for asked in peer.questions]
    assert forms == ["json_schema", "json_object", None, None]
    assert json.dumps(schema_of(Thing)) in peer.questions[-1]["messages"][0]["content"]
    assert meter.spent == [Tokens(), Tokens(), Tokens(1, 1), Tokens(1, 1)]  # a refusal costs nothing


async def test_gemini_is_asked_for_less_when_it_does_not_know_a_field(peer: Peer) -> None:
    refused = gemini_refuses(400, "Invalid JSON payload received. Unknown name \"strict\" at 'schema'.")
    peer.answers.extend([refused, *says(GOOD)])

    assert await ask(server(peer.url)) == THING

    assert [asked["response_format"]["type"] for asked in peer.questions] == ["json_schema", "json_object"]


async def test_questions_side_by_side_find_the_form_once(peer: Peer) -> None:
    peer.script = refusing((lambda asked: asked.get("response_format", {}).get("type") == "json_schema", "no schema"))
    client = StructuredClient(server(peer.url), Counting())

    assert await asyncio.gather(*(client.ask(QUESTION) for _ in range(4))) == [THING] * 4
    await client.aclose()

    forms = [asked["response_format"]["type"] for asked in peer.questions]
    assert forms.count("json_object") == 4
    assert len(forms) <= 8


@pytest.mark.parametrize(
    ("is_refused", "words"),
    [
        (lambda asked: "max_tokens" in asked, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'."),
        (lambda asked: "temperature" in asked, "Unsupported value: 'temperature' does not support 0.4."),
        (lambda asked: "reasoning_effort" in asked, "reasoning_effort is not known"),
        (lambda asked: asked["messages"][0]["role"] == "system", "System role not supported"),
    ],
)
async def test_what_else_a_server_does_not_take_is_left_out(
    peer: Peer, is_refused: Callable[[dict[str, Any]], bool], words: str
) -> None:
    peer.script = refusing((is_refused, words))

    assert await ask(server(peer.url, reasoning_effort="low")) == THING

    assert len(peer.questions) == 2
    assert not is_refused(peer.questions[-1])
    assert "Be brief." in json.dumps(peer.questions[-1])
    assert peer.questions[-1].get("max_tokens", peer.questions[-1].get("max_completion_tokens")) == 500


# ── unusable answers ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (Answer(["I can't see that."]), "holds no JSON object"),
        (Answer([GOOD[:30]], finish="length"), "broke off at 500 tokens"),
        (Answer([GOOD.replace('"picture"', '"sound"')]), "parts.0.sort"),
        (Answer(['{"kind": "mug"}']), "parts: Field required"),
        (Answer([GOOD.replace("ear", "e" * 30)]), "at most 20"),
        (Answer([]), "holds no JSON object"),
        (Answer([], finish=None), "holds no JSON object"),
    ],
)
async def test_an_unusable_answer_is_sent_back_with_what_is_wrong(peer: Peer, answer: Answer, complaint: str) -> None:
    peer.answers.extend([answer, *says(GOOD)])
    meter = Counting()

    assert await ask(server(peer.url), meter) == THING

    first, second = peer.questions
    assert complaint in second["messages"][-1]["content"]
    assert second["messages"][: len(first["messages"])] == first["messages"]
    assert meter.spent == [Tokens(1, 1), Tokens(1, 1)]
    assert meter.admitted[1].input > meter.admitted[0].input


async def test_a_check_of_the_asker_complains_likewise(peer: Peer) -> None:
    def no_mugs(thing: Thing) -> None:
        if thing.kind == "mug":
            raise ValueError("No mugs, please.")

    peer.answers.extend(says(GOOD, GOOD.replace("mug", "cup")))

    answer = await ask(server(peer.url), question=StructuredQuestion("", ("What is it?",), Thing, no_mugs))

    assert answer.kind == "cup"
    assert "No mugs, please." in peer.questions[1]["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(["a private word"]), "the answer was unusable"),
        (Answer(["a private"], finish="length"), "the answer broke off"),
    ],
)
async def test_the_third_unusable_answer_is_the_last(
    peer: Peer, answer: Answer, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    peer.answers.extend([answer] * 3)
    caplog.set_level(logging.DEBUG, "core")

    with pytest.raises(NoUsableAnswer) as refused:
        await ask(server(peer.url))

    assert refused.value.reason == reason
    assert len(peer.questions) == 3
    assert "private" not in str(refused.value) + caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        Answer([], finish="content_filter"),
        Answer([], refusal="I can't help with that."),
        Answer(status=400, message="The response was filtered due to content management policy"),
    ],
)
async def test_a_refusal_is_not_asked_again(peer: Peer, answer: Answer) -> None:
    peer.answers.append(answer)

    with pytest.raises(NoUsableAnswer) as refused:
        await ask(server(peer.url))

    assert refused.value.reason == "the teacher refused"
    assert len(peer.questions) == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("At most 1 image(s) may be provided", "the server refused the pictures"),
        ("something else", "the server refused the question"),
    ],
)
async def test_a_question_that_the_server_refuses_is_unusable(peer: Peer, words: str, reason: str) -> None:
    peer.answers.append(Answer(status=400, message=words))

    with pytest.raises(NoUsableAnswer) as refused:
        await ask(server(peer.url))

    assert refused.value.reason == reason


# ── a server in trouble ───────────────────────────────────────────────────────────────────────────


async def test_a_busy_server_is_given_the_time_it_asks_for(peer: Peer) -> None:
    peer.answers.extend([Answer(status=429, headers={"Retry-After": "200"}), *says(GOOD)])
    meter = Counting()

    work = asyncio.create_task(ask(server(peer.url), meter))
    await until(lambda: bool(meter.spent))
    await asyncio.sleep(0.01)  # real time, in which the wait begins
    skip(190)
    await asyncio.sleep(0.05)
    assert len(peer.questions) == 1
    skip(10)

    assert await work == THING
    assert meter.spent == [Tokens(), Tokens(1, 1)]


@pytest.mark.parametrize("status", [429, 503, 500, 502, 504])
async def test_a_server_in_trouble_is_asked_again(peer: Peer, status: int) -> None:
    peer.answers.extend([Answer(status=status), Answer(status=status), *says(GOOD)])

    assert await ask(server(peer.url)) == THING
    assert len(peer.questions) == 3


async def test_it_gives_up_on_a_server_that_stays_busy(peer: Peer) -> None:
    peer.script = lambda _: Answer(status=503)

    with pytest.raises(Busy):
        await ask(server(peer.url, attempts=4))
    assert len(peer.questions) == 4


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=429, headers={"Retry-After": "86400"}),  # the day's quota is at an end
        Answer(status=401),
        Answer(status=404),
        Answer(body="<html>A login page</html>"),
    ],
)
async def test_what_no_waiting_helps_is_not_asked_again(peer: Peer, answer: Answer) -> None:
    peer.answers.append(answer)

    with pytest.raises((Busy, GeneratorError)) as failed:
        await ask(server(peer.url, section="teacher", key="MY_KEY"))

    assert not isinstance(failed.value, NoUsableAnswer)
    assert len(peer.questions) == 1
    assert "generator." not in str(failed.value)
    assert KEY not in str(failed.value)


def gemini_refuses(status: int, message: str, **details: str) -> Answer:
    """An error as Gemini's endpoint writes it: a list, and no Retry-After."""
    error = {"code": status, "message": message, "status": "SOME_STATUS", "details": [details]}
    return Answer(status=status, body=json.dumps([{"error": error}]))


async def test_gemini_says_in_its_own_way_how_long_to_wait(peer: Peer) -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "54.5s"}
    peer.answers.extend([gemini_refuses(429, "You exceeded your current quota.", **info), *says(GOOD)])
    meter = Counting()

    work = asyncio.create_task(ask(server(peer.url), meter))
    await until(lambda: bool(meter.spent))
    await asyncio.sleep(0.01)  # real time, in which the wait begins
    skip(50)
    await asyncio.sleep(0.05)
    assert len(peer.questions) == 1
    skip(5)

    assert await work == THING


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (gemini_refuses(400, "API key not valid. Please pass a valid API key."), "refused the key.*MY_KEY"),
        (Answer(status=429, code="insufficient_quota"), "no credit"),
        (Answer(status=402), "no credit"),
    ],
)
async def test_what_the_host_has_to_see_to_ends_all(peer: Peer, answer: Answer, words: str) -> None:
    peer.answers.append(answer)

    with pytest.raises(GeneratorError, match=words) as failed:
        await ask(server(peer.url, key="MY_KEY"))

    assert not isinstance(failed.value, NoUsableAnswer)
    assert len(peer.questions) == 1


async def test_a_wrong_key_is_told_by_where_it_is_set(peer: Peer) -> None:
    peer.key = "another"

    with pytest.raises(GeneratorError, match="MY_KEY"):
        await ask(server(peer.url, key="MY_KEY"))


async def test_a_slow_server_is_not_asked_twice_and_may_have_charged(peer: Peer) -> None:
    never = asyncio.Event()
    peer.answers.append(Answer(after=never))
    meter = Counting()

    work = asyncio.create_task(ask(server(peer.url, timeout=60), meter))
    await until(lambda: bool(peer.questions))
    skip(100)
    with pytest.raises(NoUsableAnswer) as slow:
        await work
    never.set()

    assert slow.value.reason == "the teacher was too slow"
    assert len(peer.questions) == 1
    assert meter.spent == meter.admitted


async def test_a_connection_that_is_lost_is_made_again_and_counted_as_charged(peer: Peer) -> None:
    peer.answers.extend([Answer(["{", Died()]), *says(GOOD)])
    meter = Counting()

    assert await ask(server(peer.url), meter) == THING
    assert meter.spent == [meter.admitted[0], Tokens(1, 1)]


async def test_no_server_is_no_cost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    meter = Counting()

    with pytest.raises(GeneratorError, match="no connection"):
        await ask(server(f"http://127.0.0.1:{port}/v1", attempts=2), meter)
    assert meter.spent == [Tokens(), Tokens()]


async def test_whoever_stops_in_the_middle_counts_what_may_be_charged(peer: Peer) -> None:
    never = asyncio.Event()
    peer.answers.append(Answer(after=never))
    meter = Counting()

    work = asyncio.create_task(ask(server(peer.url), meter))
    await until(lambda: bool(peer.questions))
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    never.set()

    assert meter.spent == meter.admitted
