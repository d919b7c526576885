"""The generator on this machine, with tiny random models of the real classes."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

pytest.importorskip("transformers")

import torch

from bot.config import Config
from bot.wiring import generator_of, rapport
from core.messages import Chat, Message, Sender
from core.models.transformers_generator import TransformersGenerator
from core.models.vlm.answers import CUT, Words
from core.models.vlm.loading import Loaded, load
from core.models.vlm.options import Writing
from core.models.vlm.reading import Reader
from core.ports import Known, Prompt, Turn
from tests import tiny_vlm
from tests.fakes import blocks, fake_models

pytestmark = pytest.mark.full


def jpeg(seed: int, size: tuple[int, int] = (60, 40)) -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    PIL.Image.fromarray(pixels).save(out, "JPEG")
    return out.getvalue()


def about(question: str, *, seed: int = 0, known: int = 1, history: tuple[Turn, ...] = ()) -> Prompt:
    """A question about a photo, with references of so many concepts."""
    notes = tuple(
        Known(one, f"bo{one}", "dog", "a Shiba Inu", jpeg(100 + one, (30, 50))) for one in range(known)
    )
    return Prompt(question, photo=jpeg(seed), size=(60, 40), known=notes, history=history)


PROMPTS = [
    about("Who is it?"),
    about("What is he doing on this fine day, and why?", seed=1, known=2),
    Prompt("Who is bo?", known=(Known(1, "bo", "dog", "a Shiba Inu"),)),
    about("Is bo0 here?", seed=2, known=0, history=(Turn("user", "Hello"), Turn("assistant", "Hi!"))),
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("llava")
    return tiny_vlm.original(
        root / "RAP-LLaVA-13b", tiny_vlm.original_state(), tiny_vlm.tower(root / "clip"), ending="safetensors"
    )


@pytest.fixture(scope="session")
def llava(folder: Path) -> Loaded:
    return load(str(folder), device="cpu")


@asynccontextmanager
async def generating(
    loaded: Loaded | Callable[[], Loaded], *, temperature: float = 0, max_tokens: int = 24, **options: Any
) -> AsyncIterator[TransformersGenerator]:
    loader = loaded if callable(loaded) else lambda: loaded
    generator = TransformersGenerator(
        model="tiny",
        loader=loader,
        writing=Writing(temperature=temperature, max_tokens=max_tokens, **options),
    )
    try:
        yield generator
    finally:
        await generator.aclose()


async def answer(generator: TransformersGenerator, prompt: Prompt) -> str:
    return "".join([piece async for piece in generator.generate(prompt)])


def expected(loaded: Loaded, prompt: Prompt, tokens: int = 24) -> str:
    """What the library's own `generate` makes of the prompt alone, greedily."""
    question = Reader(loaded, style="auto", room=loaded.context).read(prompt)
    inputs = dict(question.inputs)
    with torch.inference_mode():
        made = loaded.model.generate(
            **inputs,
            do_sample=False,
            max_new_tokens=tokens,
            suppress_tokens=loaded.unspeakable,
            pad_token_id=0,
        )
    words = Words(loaded.tokenizer.backend_tokenizer, question.stops)
    said = made[0, question.length :].tolist()
    text = "".join([words.add(token) for token in said if token not in loaded.ends]) + words.rest()
    return text + (CUT if said[-1] not in loaded.ends else "")


async def test_an_answer_is_the_librarys_own(llava: Loaded) -> None:
    async with generating(llava) as generator:
        assert await answer(generator, PROMPTS[0]) == expected(llava, PROMPTS[0])


async def test_answers_written_together_are_those_written_alone(llava: Loaded) -> None:
    async with generating(llava) as generator:
        together = await asyncio.gather(*(answer(generator, prompt) for prompt in PROMPTS))
    assert together == [expected(llava, prompt) for prompt in PROMPTS]


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
