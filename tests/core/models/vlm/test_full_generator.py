"""The generator on this machine, with tiny random models of the real classes."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

pytest.importorskip("transformers")

import torch

from bot.build.models import generator_of
from bot.config import Config
from bot.running.rapport import rapport
from core.errors import Busy, GeneratorError, ModelError
from core.messages import Chat, Message, Sender
from core.models.options import GeneratorOptions
from core.models.vlm.completion import CUT, Detokenizer
from core.models.vlm.generator import TransformersGenerator
from core.models.vlm.loading import Loaded, load
from core.models.vlm.preprocessor import Preprocessor
from core.ports import HistoryEntry, Prompt, PromptConcept, StatusMessage
from tests.support.fakes import blocks, fake_models
from tests.support.tiny import vlm

pytestmark = pytest.mark.full


def jpeg(seed: int, size: tuple[int, int] = (60, 40)) -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    PIL.Image.fromarray(pixels).save(out, "JPEG")
    return out.getvalue()


def about(question: str, *, seed: int = 0, known: int = 1, history: tuple[HistoryEntry, ...] = ()) -> Prompt:
    """A question about a photo, with references of so many concepts."""
    notes = tuple(
        PromptConcept(one, f"bo{one}", "dog", "a Shiba Inu", jpeg(100 + one, (30, 50))) for one in range(known)
    )
    return Prompt(question, photo=jpeg(seed), size=(60, 40), known=notes, history=history)


PROMPTS = [
    about("Who is it?"),
    about("What is he doing on this fine day, and why?", seed=1, known=2),
    Prompt("Who is bo?", known=(PromptConcept(1, "bo", "dog", "a Shiba Inu"),)),
    about(
        "Is bo0 here?",
        seed=2,
        known=0,
        history=(HistoryEntry("user", "Hello"), HistoryEntry("assistant", "Hi!")),
    ),
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("llava")
    return vlm.original(root / "RAP-LLaVA-13b", vlm.original_state(), vlm.tower(root / "clip"), ending="safetensors")


@pytest.fixture(scope="session")
def llava(folder: Path) -> Loaded:
    return load(str(folder), device="cpu")


@asynccontextmanager
async def generating(
    loaded: Loaded | Callable[[], Loaded], *, temperature: float = 0, max_tokens: int = 24, **options: Any
) -> AsyncIterator[TransformersGenerator]:
    loader = loaded if callable(loaded) else lambda: loaded
    generator = TransformersGenerator(
        GeneratorOptions(model="tiny", temperature=temperature, max_tokens=max_tokens, **options), loader=loader
    )
    try:
        yield generator
    finally:
        await generator.aclose()


async def answer(generator: TransformersGenerator, prompt: Prompt) -> str:
    pieces = [piece async for piece in generator.generate(prompt)]
    return "".join(piece for piece in pieces if not isinstance(piece, StatusMessage))


def expected(loaded: Loaded, prompt: Prompt, tokens: int = 24) -> str:
    """What the library's own `generate` makes of the prompt alone, greedily."""
    question = Preprocessor(loaded, style="auto", room=loaded.context).read(prompt)
    inputs = dict(question.inputs)
    with torch.inference_mode():
        made = loaded.model.generate(
            **inputs,
            do_sample=False,
            max_new_tokens=tokens,
            suppress_tokens=loaded.suppressed_tokens,
            pad_token_id=0,
        )
    words = Detokenizer(loaded.tokenizer.backend_tokenizer, question.stops)
    said = made[0, question.length :].tolist()
    text = "".join([words.add(token) for token in said if token not in loaded.end_tokens]) + words.rest()
    return text + (CUT if said[-1] not in loaded.end_tokens else "")


class Watched:
    """A model that counts its steps, waits before each for `go_on`, and fails where it is told."""

    def __init__(self, model: Any, fails: Callable[[int, int], Exception | None] = lambda _step, _rows: None):
        self._model, self._fails = model, fails
        self.steps, self.rows, self.read = 0, list[int](), list[int]()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, **inputs: Any) -> Any:
        assert self.go_on.wait(60)
        self.steps += 1
        self.rows.append(len(inputs["input_ids"]))
        self.read.append(inputs["input_ids"].shape[1])
        if error := self._fails(self.steps, self.rows[-1]):
            raise error
        return self._model(**inputs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


async def until(so: Callable[[], bool]) -> None:
    """What another thread does can only be looked at again and again."""
    while not so():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def watched(loaded: Loaded, *fails: Callable[[int, int], Exception | None]) -> tuple[Loaded, Watched]:
    model = Watched(loaded.model, *fails)
    return replace(loaded, model=model), model


async def test_an_answer_is_the_librarys_own(llava: Loaded) -> None:
    async with generating(llava) as generator:
        assert await answer(generator, PROMPTS[0]) == expected(llava, PROMPTS[0])


async def test_answers_written_together_are_those_written_alone(llava: Loaded) -> None:
    async with generating(llava) as generator:
        together = await asyncio.gather(*(answer(generator, prompt) for prompt in PROMPTS))
    assert together == [expected(llava, prompt) for prompt in PROMPTS]


async def test_who_comes_later_joins_those_under_way_and_who_is_done_leaves(llava: Loaded) -> None:
    loaded, model = watched(llava)
    async with generating(loaded) as generator:
        await generator.load()
        first = generator.generate(PROMPTS[1])
        text = await anext(first)
        model.go_on.clear()
        later = [asyncio.create_task(answer(generator, prompt)) for prompt in (PROMPTS[0], PROMPTS[3])]
        model.go_on.set()
        text += "".join([piece async for piece in first])
        assert text == expected(llava, PROMPTS[1])
        assert [await task for task in later] == [expected(llava, PROMPTS[0]), expected(llava, PROMPTS[3])]
    assert model.steps < 3 * 24, "they were written together"


async def test_pieces_come_before_the_answer_is_whole_and_the_loop_goes_on(llava: Loaded) -> None:
    loaded, model = watched(llava)
    async with generating(loaded) as generator:
        await generator.load()
        pieces = generator.generate(PROMPTS[0])
        await anext(pieces)
        assert model.steps < 24
        model.go_on.clear()
        await asyncio.sleep(0)  # the model hangs, the loop doesn't
        model.go_on.set()
        assert await anext(pieces)


async def test_closing_an_answer_ends_its_writing(llava: Loaded) -> None:
    loaded, model = watched(llava)
    async with generating(loaded, max_tokens=1500) as generator:
        await generator.load()
        async with aclosing(generator.generate(PROMPTS[0])) as pieces:  # type: ignore[type-var]
            await anext(pieces)
        await answer(generator, Prompt("And now?"))
        assert model.rows[-1] == 1, "the one that nobody listens to has left"
        assert model.steps < 2 * 1500


async def test_an_answer_that_nobody_awaits_is_not_even_begun(llava: Loaded) -> None:
    loaded, model = watched(llava)
    async with generating(loaded, concurrency=1) as generator:
        await generator.load()
        first = generator.generate(PROMPTS[0])
        await anext(first)
        model.go_on.clear()
        second = asyncio.create_task(answer(generator, PROMPTS[1]))
        await until(lambda: generator.waiting == 1)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        model.go_on.set()
        assert [piece async for piece in first]
        assert model.steps == 24


# ── a conversation ────────────────────────────────────────────────────────────────────────────────


def followed(prompt: Prompt, said: str, question: str) -> Prompt:
    """The next question about the same photo."""
    return replace(
        prompt,
        said=(HistoryEntry("user", prompt.question), HistoryEntry("assistant", said)),
        question=question,
    )


def read_by(model: Watched) -> list[int]:
    """How many tokens each reading of a question took; writing takes one at a time."""
    return [tokens for tokens in model.read if tokens > 1]


async def test_a_further_question_reads_only_what_is_new(llava: Loaded) -> None:
    loaded, model = watched(llava)
    asked = PROMPTS[1]
    async with generating(loaded) as generator:
        said = await answer(generator, asked)
        next_one = followed(asked, said, "Is he happy?")
        assert await answer(generator, next_one) == expected(llava, next_one)
        (whole, new) = read_by(model)
        assert new < whole / 2
        model.read.clear()
        known = (*asked.known, PromptConcept(9, "mia", "cat", "new here", jpeg(109)))
        more = replace(next_one, known=known)
        assert await answer(generator, more) == expected(llava, more), "one picture more, behind the others"


@pytest.mark.parametrize(
    "other_prompt",
    [
        replace(PROMPTS[1], photo=jpeg(77)),
        replace(PROMPTS[1], known=(replace(PROMPTS[1].known[0], picture=jpeg(78)), PROMPTS[1].known[1])),
        replace(PROMPTS[1], known=PROMPTS[1].known[1:]),
        replace(PROMPTS[1], photo=None, size=(0, 0)),
    ],
    ids=["another photo", "another reference", "a name forgotten", "no photo"],
)
async def test_what_was_read_of_something_else_is_not_taken_for_it(llava: Loaded, other_prompt: Prompt) -> None:
    async with generating(llava) as generator:
        await answer(generator, PROMPTS[1])
        assert await answer(generator, other_prompt) == expected(llava, other_prompt)
        assert await answer(generator, PROMPTS[1]) == expected(llava, PROMPTS[1])


async def test_several_conversations_go_on_at_once(llava: Loaded) -> None:
    async with generating(llava) as generator:
        said = await asyncio.gather(*(answer(generator, prompt) for prompt in PROMPTS))
        later = [followed(prompt, text, "Why?") for prompt, text in zip(PROMPTS, said, strict=True)]
        together = await asyncio.gather(*(answer(generator, prompt) for prompt in later))
    assert together == [expected(llava, prompt) for prompt in later]


@pytest.mark.parametrize("kept_tokens", [0, 200])
async def test_no_more_is_kept_than_the_host_allows(llava: Loaded, kept_tokens: int) -> None:
    loaded, model = watched(llava)
    async with generating(loaded, kept_tokens=kept_tokens) as generator:
        for prompt in (PROMPTS[1], PROMPTS[0], PROMPTS[1]):
            await answer(generator, prompt)
    first, _, again = read_by(model)
    assert again == first


async def test_nothing_is_kept_of_what_was_said_before_something_was_forgotten(llava: Loaded) -> None:
    loaded, model = watched(llava)
    async with generating(loaded) as generator:
        await answer(generator, PROMPTS[1])
        generator.forget()
        await answer(generator, PROMPTS[1])
        under_way = generator.generate(PROMPTS[0])
        await anext(under_way)
        generator.forget()  # what goes on meanwhile isn't kept either
        assert [piece async for piece in under_way]
        await answer(generator, PROMPTS[0])
    first, again, other, other_again = read_by(model)
    assert (first, other) == (again, other_again)


async def test_without_memory_what_was_kept_goes_first(llava: Loaded) -> None:
    fails_at: list[int] = []
    loaded, model = watched(llava, lambda step, _rows: torch.OutOfMemoryError("CUDA") if step in fails_at else None)
    async with generating(loaded) as generator:
        said = await answer(generator, PROMPTS[1])
        fails_at.append(model.steps + 1)
        next_one = followed(PROMPTS[1], said, "Is he happy?")
        assert await answer(generator, next_one) == expected(llava, next_one)
    whole, *_, anew = read_by(model)
    assert anew >= whole


# ── other models ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session", params=["llava", "no system role", "sliding window", "qwen"])
def other(request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    target = tmp_path_factory.mktemp("other") / "model"
    if request.param == "qwen":
        return load(str(vlm.qwen(target)), device="cpu")
    template = vlm.LLAVA_TEMPLATE
    if request.param == "no system role":
        template = vlm.NO_SYSTEM + template
    window = 24 if request.param == "sliding window" else None
    return load(str(vlm.converted(target, folder, template=template, window=window)), device="cpu")


async def test_other_models_answer_together_as_they_do_alone(other: Loaded) -> None:
    async with generating(other) as generator:
        together = await asyncio.gather(*(answer(generator, prompt) for prompt in PROMPTS))
        again = await asyncio.gather(*(answer(generator, prompt) for prompt in reversed(PROMPTS)))
    assert together == [expected(other, prompt) for prompt in PROMPTS]
    assert again == together[::-1]


async def test_other_models_go_on_with_a_conversation(other: Loaded) -> None:
    async with generating(other) as generator:
        said = await asyncio.gather(*(answer(generator, prompt) for prompt in PROMPTS))
        later = [followed(prompt, text, "Why?") for prompt, text in zip(PROMPTS, said, strict=True)]
        assert [await answer(generator, prompt) for prompt in later] == [expected(other, prompt) for prompt in later]


async def test_other_models_go_on_where_they_were_after_out_of_memory(other: Loaded) -> None:
    def fails(step: int, rows: int) -> Exception | None:
        return torch.OutOfMemoryError("CUDA out of memory") if step == 12 and rows > 1 else None

    loaded, _ = watched(other, fails)
    async with generating(loaded) as generator:
        together = await asyncio.gather(*(answer(generator, prompt) for prompt in PROMPTS))
    assert together == [expected(other, prompt) for prompt in PROMPTS]


# ── when something goes wrong ─────────────────────────────────────────────────────────────────────


async def test_out_of_memory_halves_the_batch_for_good_and_no_word_is_lost(llava: Loaded) -> None:
    def fails(_step: int, rows: int) -> Exception | None:
        return torch.OutOfMemoryError("CUDA out of memory") if rows > 2 else None

    loaded, model = watched(llava, fails)
    async with generating(loaded) as generator:
        together = await asyncio.gather(*(answer(generator, prompt) for prompt in PROMPTS))
        assert together == [expected(llava, prompt) for prompt in PROMPTS]
        model.rows.clear()
        await asyncio.gather(*(answer(generator, prompt) for prompt in PROMPTS))
        assert max(model.rows) <= 2


async def test_out_of_memory_in_the_midst_goes_on_where_it_was(llava: Loaded) -> None:
    def fails(step: int, rows: int) -> Exception | None:
        return torch.OutOfMemoryError("CUDA out of memory") if step == 20 and rows > 1 else None

    loaded, _ = watched(llava, fails)
    async with generating(loaded) as generator:
        together = await asyncio.gather(*(answer(generator, prompt) for prompt in PROMPTS))
    assert together == [expected(llava, prompt) for prompt in PROMPTS]


async def test_a_question_too_large_for_the_memory_gets_a_sentence_and_the_next_an_answer(
    llava: Loaded,
) -> None:
    loaded, _ = watched(llava, lambda step, _rows: MemoryError() if step == 1 else None)
    async with generating(loaded) as generator:
        with pytest.raises(GeneratorError, match="too large for my model's memory"):
            await answer(generator, PROMPTS[0])
        assert await answer(generator, PROMPTS[0]) == expected(llava, PROMPTS[0])


async def test_a_model_that_fails_says_so_and_lives_on(llava: Loaded) -> None:
    loaded, _ = watched(llava, lambda step, _rows: RuntimeError("shape") if step == 4 else None)
    async with generating(loaded) as generator:
        with pytest.raises(GeneratorError, match=r"The model failed \(RuntimeError\)"):
            await answer(generator, PROMPTS[0])
        assert await answer(generator, PROMPTS[0]) == expected(llava, PROMPTS[0])


async def test_weights_that_cant_be_loaded_are_a_sentence_and_tried_again(llava: Loaded) -> None:
    attempts: Iterator[Exception | Loaded] = iter([ModelError("pull them"), RuntimeError("broken"), llava])

    def loader() -> Loaded:
        attempt = next(attempts)
        if isinstance(attempt, Exception):
            raise attempt
        return attempt

    async with generating(loader) as generator:
        with pytest.raises(ModelError, match="pull them"):
            await generator.load()
        with pytest.raises(ModelError, match=r"can't be loaded \(RuntimeError\): broken"):
            await generator.load()
        assert await answer(generator, PROMPTS[0])


async def test_the_first_question_hears_that_the_model_is_being_loaded(llava: Loaded) -> None:
    async with generating(llava) as generator:
        pieces = [piece async for piece in generator.generate(PROMPTS[0])]
        assert [place for place, piece in enumerate(pieces) if isinstance(piece, StatusMessage)] == [0]
        again = [piece async for piece in generator.generate(PROMPTS[0])]
        assert again == pieces[1:]


async def test_a_question_doesnt_wait_forever_for_the_model(llava: Loaded) -> None:
    come = threading.Event()

    def loader() -> Loaded:
        assert come.wait(60)
        return llava

    generator = TransformersGenerator(GeneratorOptions(model="tiny"), loader=loader, patience=0.01)
    with pytest.raises(Busy, match="still being loaded"):
        await answer(generator, PROMPTS[0])
    come.set()
    await generator.load()
    await generator.aclose()


async def test_ending_tells_those_under_way_and_leaves_no_thread(llava: Loaded) -> None:
    async with generating(llava, max_tokens=1500) as generator:
        await generator.load()
        pieces = generator.generate(PROMPTS[0])
        await anext(pieces)
        await generator.aclose()
        with pytest.raises(Busy, match="shutting down"):
            _ = [piece async for piece in pieces]
        with pytest.raises(Busy, match="shutting down"):
            await answer(generator, PROMPTS[0])
    assert "rapport-generate" not in {thread.name for thread in threading.enumerate()}


# ── limits ────────────────────────────────────────────────────────────────────────────────────────


async def test_an_answer_ends_where_its_time_does(llava: Loaded) -> None:
    async with generating(llava, max_tokens=1500, timeout=1e-9) as generator:
        said = await answer(generator, PROMPTS[0])
    assert said.endswith(CUT)
    assert expected(llava, PROMPTS[0], 1).removesuffix(CUT) == said.removesuffix(CUT)


def test_too_long_a_question_loses_references_from_the_last_and_then_its_history(llava: Loaded) -> None:
    long = about(
        "Who?",
        known=3,
        history=(HistoryEntry("user", "Hello there. " * 20), HistoryEntry("assistant", "Hi!")),
    )
    room, left = llava.context, []
    for _ in range(5):
        question = Preprocessor(llava, style="auto", room=room).read(long)
        left.append(len(question.inputs.get("pixel_values", ())))
        room = question.length - 1
    assert left == [4, 3, 2, 1, 1]
    with pytest.raises(GeneratorError, match="too long for the model"):
        Preprocessor(llava, style="auto", room=room).read(long)


def test_too_long_a_conversation_about_a_photo_leaves_the_photo_and_the_question(llava: Loaded) -> None:
    asked = about("And now?", known=0)
    long = followed(replace(asked, question="Who? " * 20), "Somebody. " * 20, "And now?")
    alone = Preprocessor(llava, style="auto", room=llava.context).read(asked)
    assert Preprocessor(llava, style="auto", room=llava.context).read(long).length > alone.length
    assert Preprocessor(llava, style="auto", room=alone.length).read(long).length == alone.length


def test_words_come_whole_and_end_before_a_stop_text(llava: Loaded) -> None:
    tokenizer = llava.tokenizer.backend_tokenizer
    said = "Schön, 犬 is here.###Human: no"
    tokens = tokenizer.encode(said, add_special_tokens=False).ids
    words = Detokenizer(tokenizer, ("###",))
    pieces = [words.add(token) for token in tokens if not words.stopped]
    assert "".join(pieces) == "Schön, 犬 is here."
    assert words.stopped
    assert not any("\ufffd" in piece for piece in pieces)
    open_ended = Detokenizer(tokenizer, ("###",))
    half = tokenizer.encode("a ##", add_special_tokens=False).ids
    assert "".join(open_ended.add(token) for token in half) == "a "
    assert open_ended.rest() == "##"


# ── in the bot ────────────────────────────────────────────────────────────────────────────────────


async def test_a_photo_is_answered_end_to_end(folder: Path, tmp_path: Path) -> None:
    told = {"kind": "transformers", "model": str(folder), "device": "cpu", "max_tokens": 12, "temperature": 0}
    config = Config(generator=told, store={"url": f"sqlite+aiosqlite:///{tmp_path / 'full.db'}"})
    models = fake_models(generator_of(config))
    chat, ann = Chat("test", "home"), Sender("ann", "Ann")
    async with rapport(config, models) as running:
        learnt = Message(chat, ann, "/remember bo | dog | a Shiba Inu", (blocks("red"),))
        assert [reply async for reply in running.assistant.answer(learnt)][-1].final
        asked = Message(chat, ann, "Who is it?", (blocks("red", "blue"),))
        replies = [reply async for reply in running.assistant.answer(asked)]
    assert [reply.final for reply in replies].count(True) == 1
    assert len(replies) > 2
    assert replies[-1].text.endswith(CUT)
    assert "bo" in {seen.match.name for seen in replies[-1].sightings if seen.match}
