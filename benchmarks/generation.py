"""Answers written per second on this machine: `python -m benchmarks.generation` (needs the [rap] extra).

A LLaVA of random weights, so that speed is real and words are not: LLaVA-1.5-13B's shapes on a CUDA GPU, a
small one on a CPU. Chats ask through the executor and the generator, each again when it has its answer.
Compared, in the same run, with the bare `generate` on a ready-made batch of the same questions, and
with one question at a time, which is how RAP's released code answers; and a further question about a
photo with what was read of the conversation kept, against reading it anew. Where a batch doesn't fit into
the memory, the bare model takes it in halves (`bare_batch`), as the bot does by itself.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np
import PIL.Image
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    PreTrainedTokenizerFast,
)

from benchmarks.gpu import hardware
from benchmarks.gpu.figures import as_line, keep
from bot.logs import set_up
from core.executor.executor import Executor
from core.models.options import GeneratorOptions
from core.models.vlm.generator import TransformersGenerator
from core.models.vlm.loading import Loaded, llava_processor
from core.models.vlm.preprocessor import ModelInput, Preprocessor
from core.ports import HistoryEntry, Prompt, PromptConcept

WORDS = 1000
TURNS = 2 if torch.cuda.is_available() else 3
FURTHER = 4


@dataclass(frozen=True, slots=True)
class Size:
    """A model's shape, and how it is asked."""

    name: str
    language: dict[str, int]
    vision: dict[str, int]
    chats: tuple[int, ...]
    tokens: int
    rounds: int


LARGE = Size(
    "LLaVA-1.5-13B's shapes, bfloat16",
    {
        "hidden_size": 5120,
        "intermediate_size": 13824,
        "num_hidden_layers": 40,
        "num_attention_heads": 40,
        "vocab_size": 32064,
    },
    {
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "image_size": 336,
        "patch_size": 14,
    },
    chats=(1, 8, 32),
    tokens=128,
    rounds=2,
)
SMALL = Size(
    "a small LLaVA, float32",
    {
        "hidden_size": 512,
        "intermediate_size": 1376,
        "num_hidden_layers": 8,
        "num_attention_heads": 8,
        "vocab_size": 2048,
    },
    {
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "image_size": 112,
        "patch_size": 14,
    },
    chats=(1, 8),
    tokens=48,
    rounds=2,
)


def random_llava(size: Size, device: str) -> Loaded:
    """The model on its device, with a tokenizer that spells single letters. No answer ends early."""
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**size.vision),
        text_config=LlamaConfig(**size.language, max_position_embeddings=4096),
        image_token_index=WORDS,
    )
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16 if device == "cuda" else torch.float32)
    with torch.device(device):
        model = LlavaForConditionalGeneration(config).eval()
    torch.set_default_dtype(before)
    model.generation_config = GenerationConfig(eos_token_id=None, bos_token_id=None)
    letters = {chr(0x20 + number): number for number in range(WORDS)}
    words = Tokenizer(models.WordLevel(letters, unk_token=" "))  # noqa: S106
    words.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, padding_side="left")
    tokenizer.add_tokens("<image>", special_tokens=True)
    tokenizer.pad_token = " "  # noqa: S105
    processor = llava_processor(tokenizer, size.vision["image_size"], size.vision["patch_size"])
    return Loaded(model, processor, original=True)


def question(number: int) -> Prompt:
    """A photo, one or two concepts with their references, a question: as RAP is used."""
    known = tuple(
        PromptConcept(one, f"bo{one}", "dog", "a medium-sized Shiba Inu who loves snow", photo(one))
        for one in range(1 + number % 2)
    )
    return Prompt("What is bo doing in this picture?", photo(9), (640, 480), known=known)


def photo(seed: int) -> bytes:
    out = io.BytesIO()
    coarse = np.random.default_rng(seed).integers(0, 256, (24, 32, 3), np.uint8)
    PIL.Image.fromarray(coarse).resize((640, 480)).save(out, "JPEG")
    return out.getvalue()


@dataclass(slots=True)
class _Bench:
    size: Size
    loaded: Loaded
    prompts: Sequence[Prompt]

    def bare(self, batches: Sequence[Sequence[ModelInput]]) -> tuple[float, int]:
        """Tokens a second of the library's `generate` on batches that stand ready, and how large they could be."""
        size = max(len(batch) for batch in batches)
        while True:
            parts = [batch[start : start + size] for batch in batches for start in range(0, len(batch), size)]
            try:
                seconds = self._timed([self._collated(part) for part in parts])
            except torch.OutOfMemoryError:
                if size == 1:
                    raise
                size //= 2
            else:
                return sum(len(batch) for batch in batches) * self.size.tokens / seconds, size
            torch.cuda.empty_cache()

    def _timed(self, inputs: Sequence[dict[str, Any]]) -> float:
        asked = {"do_sample": False, "max_new_tokens": self.size.tokens, "pad_token_id": 0}
        with torch.inference_mode():
            return hardware.seconds(lambda: [self.loaded.model.generate(**one, **asked) for one in inputs])

    def _collated(self, batch: Sequence[ModelInput]) -> dict[str, Any]:
        longest = max(one.length for one in batch)
        ids = [torch.nn.functional.pad(one.inputs["input_ids"], (longest - one.length, 0)) for one in batch]
        masks = [torch.nn.functional.pad(one.inputs["attention_mask"], (longest - one.length, 0)) for one in batch]
        model = self.loaded.model
        return {
            "input_ids": torch.cat(ids).to(model.device),
            "attention_mask": torch.cat(masks).to(model.device),
            "pixel_values": torch.cat([one.inputs["pixel_values"] for one in batch]).to(model.device, model.dtype),
        }

    async def served(self, chats: int) -> tuple[float, float]:
        """Tokens a second, and the median seconds until a first piece, of so many chats at once."""
        generator = await self._generator(chats, kept_tokens=0)  # the rounds ask the same again
        firsts: list[float] = []

        async def chat(number: int) -> None:
            for _ in range(self.size.rounds):
                asked = time.perf_counter()
                pieces = lane.stream(self.prompts[number], chat=str(number))
                await anext(pieces)
                firsts.append(time.perf_counter() - asked)
                async for _ in pieces:
                    pass

        async with Executor() as executor:
            lane = executor.stream_lane("generate", generator.generate, concurrency=chats)
            began = time.perf_counter()
            await asyncio.gather(*(chat(number) for number in range(chats)))
            seconds = time.perf_counter() - began
        await generator.aclose()
        return chats * self.size.rounds * self.size.tokens / seconds, median(firsts)

    async def followed(self, kept_tokens: int) -> float:
        """The median seconds until the first piece of further questions about the same photo."""
        generator = await self._generator(1, kept_tokens)
        prompt, firsts = self.prompts[1], list[float]()
        for number in range(FURTHER + 1):
            asked, words = time.perf_counter(), ""
            async for piece in generator.generate(prompt):
                if not words and number:
                    firsts.append(time.perf_counter() - asked)
                words += piece
            said = (*prompt.said, HistoryEntry("user", prompt.question), HistoryEntry("assistant", words))
            prompt = replace(prompt, said=said, question=f"And what about number {number}?")
        await generator.aclose()
        return median(firsts)

    async def _generator(self, chats: int, kept_tokens: int) -> TransformersGenerator:
        options = GeneratorOptions(
            model="bench",
            prompt="rap-v1",
            max_tokens=self.size.tokens,
            temperature=0,
            timeout=600,
            concurrency=chats,
            kept_tokens=kept_tokens,
        )
        generator = TransformersGenerator(options, loader=lambda: self.loaded)
        await generator.load()
        return generator


@dataclass(frozen=True, slots=True)
class _Turn:
    """Tokens a second, bare and served, and the seconds until a first piece."""

    bare: float
    bare_batch: int
    served: float
    first: float


def _figures(turns: Sequence[_Turn], alone: float) -> dict[str, float]:
    return {
        "served_tokens_per_s": median(one.served for one in turns),
        "bare_tokens_per_s": median(one.bare for one in turns),
        "bare_batch": turns[-1].bare_batch,
        "ratio_to_bare": median(one.served / one.bare for one in turns),
        "ratio_to_one_at_a_time": median(one.served for one in turns) / alone,
        "first_piece_s": median(one.first for one in turns),
    }


def measure(device: str) -> dict[str, object]:
    """All figures; each kind is run once before it counts."""
    size = LARGE if device == "cuda" else SMALL
    torch.set_num_threads(1)  # threads that wait for each other on a shared machine measure the machine
    loaded = random_llava(size, device)
    most = max(size.chats)
    prompts = [question(number) for number in range(most)]
    bench = _Bench(size, loaded, prompts)
    reader = Preprocessor(loaded, style="rap-v1", room=loaded.context)
    questions = [reader.read(prompt) for prompt in prompts]
    bench.bare([questions[:2]])
    alone, _ = bench.bare([[one] for one in questions[: min(most, 4)]])
    chats: dict[str, object] = {}
    figures: dict[str, object] = {
        "benchmark": "generation",
        "model": size.name,
        **hardware.described(),
        "compares": "chats through executor and generator; `generate` on ready batches; one at a time",
        "tokens_per_answer": size.tokens,
        "question_tokens": median(one.length for one in questions),
        "one_at_a_time_tokens_per_s": alone,
        "chats": chats,
    }
    for many in size.chats:
        turns = []
        for _ in range(TURNS):
            bare, batch = bench.bare([questions[:many]] * size.rounds)
            turns.append(_Turn(bare, batch, *asyncio.run(bench.served(many))))
            chats[str(many)] = _figures(turns, alone)
            keep(figures)
    anew, going_on = (asyncio.run(bench.followed(kept)) for kept in (0, 8192))
    figures["further_question"] = {
        "first_piece_read_anew_s": anew,
        "first_piece_s": going_on,
        "ratio": going_on / anew,
    }
    keep(figures)
    return figures


def main() -> None:
    """Measure and print one line of JSON."""
    set_up("text", "error")
    print(as_line(measure("cuda" if torch.cuda.is_available() else "cpu")))


if __name__ == "__main__":
    main()
