"""What servers do wrong, over a real socket: each is a sentence or an answer, in bounded time and memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import count
from typing import Any

import pytest

from core.errors import Busy, GeneratorError
from core.models.openai.generator import OpenAIGenerator
from core.models.options import GeneratorOptions
from core.ports import Prompt, PromptConcept, StatusMessage
from tests.support.clock import skip
from tests.support.peers.openai import Answer, Died, Peer, Raw, Step, openai_peer

PROMPT = Prompt(
    "What is he doing?",
    photo=b"\xff\xd8photo",
    size=(640, 480),
    known=(PromptConcept(1, "bo", "dog", "a Shiba Inu", b"\xff\xd8reference"),),
    names=("bo",),
)
ERROR = "CUDA out of memory"


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with openai_peer() as running:
        yield running


@pytest.fixture
async def asked(peer: Peer) -> AsyncIterator[OpenAIGenerator]:
    made = OpenAIGenerator(GeneratorOptions(base_url=peer.url, model="llava"), retries=0)
    yield made
    await made.aclose()


async def ask(asked: OpenAIGenerator, prompt: Prompt = PROMPT) -> str:
    return "".join([one async for one in asked.generate(prompt) if not isinstance(one, StatusMessage)])


def delta(**fields: object) -> Mapping[str, Any]:
    return {"choices": [{"index": 0, "delta": fields}]}


# ── what is no answer ─────────────────────────────────────────────────────────────────────────────

MALFORMED: list[Step] = [
    {"choices": "none"},
    {"choices": [3]},
    {"choices": [{"delta": "bo"}]},
    {"choices": [{"delta": {"content": 3}}]},
    {"choices": [{"delta": {"content": [3]}}]},
    {"choices": [{"delta": {"content": "x"}, "finish_reason": 3}]},
    Raw('data: "bo"\n\n'),
    Raw("data: [1]\n\n"),
    Raw("data: {\n\n"),
    Raw("data: \ud800\n\n".encode("utf-8", "surrogatepass").decode("latin-1")),
]


@pytest.mark.parametrize("chunk", MALFORMED, ids=str)
async def test_a_malformed_chunk_is_an_error_and_no_crash(peer: Peer, asked: OpenAIGenerator, chunk: Step) -> None:
    peer.answers += [Answer(["That's", chunk, " bo."]), Answer()]
    with pytest.raises(GeneratorError, match="broke off"):
        await ask(asked)
    assert await ask(asked) == "That's bo."  # the breaker took it for no silence


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"message": ERROR, "code": 500}},
        {"error": ERROR},
        {"object": "error", "message": ERROR, "code": 400},
        {"detail": ERROR},
        {"choices": [{"delta": {"content": ""}, "finish_reason": "error"}], "error": {"message": ERROR}},
        Raw(f'event: error\ndata: {{"message": "{ERROR}"}}\n\n'),
    ],
    ids=str,
)
async def test_an_error_inside_an_answer_that_began_well_is_read(
    peer: Peer, asked: OpenAIGenerator, error: Step
) -> None:
    peer.answers += [Answer([error]), Answer(body=json.dumps(error)) if isinstance(error, dict) else Answer([error])]
    for _ in range(2):
        with pytest.raises(GeneratorError, match=f"failed in its answer: .*{ERROR}") as caught:
            await ask(asked)
        assert not caught.value.for_chats
    peer.answers.append(Answer(["That's", error]))
    with pytest.raises(GeneratorError, match="broke off"):
        await ask(asked)


async def test_a_server_that_does_not_stream_is_understood(peer: Peer, asked: OpenAIGenerator) -> None:
    message = {"role": "assistant", "content": "That's bo."}
    peer.answers.append(Answer(body=json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]})))
    assert await ask(asked) == "That's bo."


async def test_fields_of_thoughts_are_no_words_of_the_answer(peer: Peer, asked: OpenAIGenerator) -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "That's "}]
    thoughts: list[Step] = [delta(reasoning_content="Is it"), delta(reasoning=" bo?"), delta(content=parts), "bo."]
    peer.answers.append(Answer(thoughts))
    assert await ask(asked) == "That's bo."


async def test_what_a_model_refuses_is_said(peer: Peer, asked: OpenAIGenerator) -> None:
    peer.answers += [Answer([delta(refusal="I can't help with that.")]), Answer([], finish="content_filter")]
    assert await ask(asked) == "I can't help with that."
    with pytest.raises(GeneratorError, match="doesn't want to answer") as caught:
        await ask(asked)
    assert caught.value.for_chats


# ── bounds ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_piece_of_thirty_megabytes_is_not_taken_in(peer: Peer, asked: OpenAIGenerator) -> None:
    peer.answers += [Answer(["x" * 30_000_000]), Answer(["That's bo", "x" * 30_000_000]), Answer()]
    with pytest.raises(GeneratorError, match="more than"):
        await ask(asked)
    assert await ask(asked) == "That's bo …"
    assert await ask(asked) == "That's bo."


@pytest.mark.parametrize("status", [200, 500])
async def test_a_page_without_an_end_is_no_answer(peer: Peer, asked: OpenAIGenerator, status: int) -> None:
    peer.answers.append(Answer(body="<html>" + "x" * 10_000_000, status=status))
    with pytest.raises(GeneratorError):
        await ask(asked)


def endless(text: str) -> Iterator[str]:
    for _ in count():
        yield text


async def test_an_answer_without_an_end_is_cut_and_the_server_hears_of_it(peer: Peer, asked: OpenAIGenerator) -> None:
    peer.answers.append(Answer(endless("and " * 100)))
    assert (await ask(asked)).endswith("and  …")
    await peer.hung_up.wait()


async def wait_while_time_passes(asking: asyncio.Task[str], seconds: float) -> None:
    while not asking.done():
        skip(seconds)
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("words", ["", "That's bo"])
async def test_a_drip_of_a_byte_a_minute_ends_in_time(peer: Peer, asked: OpenAIGenerator, words: str) -> None:
    drops = asyncio.Event()

    async def drip() -> None:
        while True:
            await asyncio.sleep(30)
            drops.set()
            drops.clear()

    dripping = asyncio.create_task(drip())
    drop: list[Step] = [Raw(":"), drops]
    peer.answers.append(Answer([words, *drop * 50]))
    asking = asyncio.create_task(ask(asked))
    while not peer.questions:  # noqa: ASYNC110 - the peer's list has no event
        await asyncio.sleep(0.005)
    await wait_while_time_passes(asking, 10)
    dripping.cancel()
    if words:
        assert await asking == f"{words} …"
    else:
        with pytest.raises(Busy, match="120 seconds"):
            await asking
        with pytest.raises(GeneratorError, match="doesn't answer at the moment"):
            await ask(asked)


# ── the breaker ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fault", [Answer(status=503), Answer(status=504), Answer([Died()])], ids=["no room", "gateway", "hangs up"]
)
async def test_a_server_that_is_down_is_left_alone_for_a_while(
    peer: Peer, asked: OpenAIGenerator, fault: Answer
) -> None:
    peer.answers.append(fault)
    with pytest.raises((Busy, GeneratorError)):
        await ask(asked)
    for _ in range(3):
        with pytest.raises(GeneratorError, match="doesn't answer at the moment"):
            await ask(asked)
    assert len(peer.questions) == 1
    skip(16)
    await asyncio.sleep(0.1)  # as time has passed for the peer, too, it closes the connection that is kept
    assert await ask(asked) == "That's bo."
    assert await ask(asked) == "That's bo."


@pytest.mark.parametrize("status", [400, 401, 404, 500])
async def test_a_server_that_refuses_a_question_is_asked_the_next(
    peer: Peer, asked: OpenAIGenerator, status: int
) -> None:
    peer.answers += [Answer(status=status), Answer()]
    with pytest.raises(GeneratorError):
        await ask(asked)
    assert await ask(asked) == "That's bo."


# ── what a model takes ────────────────────────────────────────────────────────────────────────────

COMPLETION = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
)
TEMPERATURE = (
    "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) is supported."
)
ONE = "At most 1 image(s) may be provided in one request."


def pictures(question: Mapping[str, Any]) -> int:
    return json.dumps(question).count("data:image/jpeg")


@pytest.mark.parametrize(
    ("status", "words", "key"),
    [
        (400, COMPLETION, "max_tokens"),
        (400, TEMPERATURE, "temperature"),
        (422, "temperature: Extra inputs are not permitted", "temperature"),
    ],
)
async def test_a_parameter_that_the_model_does_not_take_is_left_out_from_then_on(
    peer: Peer, asked: OpenAIGenerator, status: int, words: str, key: str
) -> None:
    peer.script = lambda question: Answer(status=status, message=words) if key in question else Answer()
    assert [await ask(asked), await ask(asked)] == ["That's bo."] * 2
    assert [key in one for one in peer.questions] == [True, False, False]
    assert peer.questions[-1].get("max_tokens", peer.questions[-1].get("max_completion_tokens")) == 400


async def test_all_that_a_model_does_not_take_is_found_out_one_by_one(peer: Peer, asked: OpenAIGenerator) -> None:
    def strict(question: dict[str, Any]) -> Answer:
        if "max_tokens" in question:
            return Answer(status=400, message=COMPLETION)
        if "temperature" in question:
            return Answer(status=400, message=TEMPERATURE)
        if any(one["role"] == "system" for one in question["messages"]):
            return Answer(status=400, message="Unsupported value: 'messages[0].role' does not support 'system'.")
        return Answer(status=400, message=ONE) if pictures(question) > 1 else Answer()

    peer.script = strict
    assert [await ask(asked), await ask(asked)] == ["That's bo."] * 2
    assert len(peer.questions) == 6
    (turn,) = peer.questions[-1]["messages"]
    assert turn["role"] == "user"
    assert turn["content"][0]["text"].startswith("You are Rapport")


@pytest.mark.parametrize(
    ("status", "words", "taken"),
    [
        (400, ONE, 1),
        (400, "You set image=1 (or defaulted to 1) in `--limit-mm-per-prompt`, but found 3 items.", 1),
        (500, "vision model only supports a single image per message", 1),
        (400, "This model does not support multiple images.", 1),
        (500, "image input is not supported - hint: you may need to provide the mmproj", 0),
        (500, "this model is missing data required for image input", 0),
        (400, "llava is not a multimodal model", 0),
        (400, "Model does not support images. Please use a model that does.", 0),
        (404, "No endpoints found that support image input", 0),
        (422, "messages[1]: unknown variant `image_url`, expected `text`", 0),
        (400, "Invalid content type. image_url is only supported by certain models.", 0),
    ],
)
async def test_how_many_pictures_a_model_takes_is_found_out_by_its_servers_words(
    peer: Peer, asked: OpenAIGenerator, status: int, words: str, taken: int
) -> None:
    peer.script = lambda question: Answer(status=status, message=words) if pictures(question) > taken else Answer()
    assert [await ask(asked), await ask(asked)] == ["That's bo."] * 2
    assert [pictures(one) for one in peer.questions] == [2, taken, taken]
    assert "Name: bo" in json.dumps(peer.questions[-1])


@pytest.mark.parametrize("words", ["Invalid image: it can't be decoded", "The image was flagged", "image too large"])
async def test_a_complaint_about_an_image_is_not_taken_for_a_limit(
    peer: Peer, asked: OpenAIGenerator, words: str
) -> None:
    peer.answers.append(Answer(status=400, message=words))
    assert [await ask(asked), await ask(asked)] == ["That's bo."] * 2
    assert [pictures(one) for one in peer.questions] == [2, 1, 2]


async def test_what_was_left_out_in_vain_is_asked_for_the_next_time(peer: Peer, asked: OpenAIGenerator) -> None:
    peer.answers += [Answer(status=400, message=ONE), Answer(status=500, message="broken"), Answer()]
    with pytest.raises(GeneratorError, match="500"):
        await ask(asked)
    assert await ask(asked) == "That's bo."
    assert [pictures(one) for one in peer.questions] == [2, 1, 2]


async def test_a_refusal_that_the_stream_brings_is_heeded_like_one_by_status(
    peer: Peer, asked: OpenAIGenerator
) -> None:
    peer.answers.append(Answer([], body='data: {"error": {"message": "' + ONE + '"}}\n\n'))
    assert await ask(asked) == "That's bo."
    assert [pictures(one) for one in peer.questions] == [2, 1]
