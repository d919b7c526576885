"""The language model's own lesson: pictures with names; where somebody comes again, in another picture, the name does.

LLaVA begins with a language model that has read what people write, in which names and things come again all the time.
This one has only this: looking up what was said before is all that it learns here.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerFast

from bot.train.demo import words, world
from bot.train.demo.learning import Learning
from bot.train.demo.lessons import SIDE, Progress, group
from bot.train.demo.tower import processed, states
from bot.train.demo.world import Figure

_BATCH = 32  # sequences
_VIEWS = 4  # portraits of each figure
_ITEMS = 9  # pictures in a sequence
_FEWEST, _MOST = 3, 6  # figures in a sequence
_ALIKE = 0.3


@dataclass(frozen=True, slots=True)
class _Sequence:
    """Tokens, whether each is learnt, and of which picture (by number) the runs of `<image>` are."""

    tokens: list[int]
    learnt: list[bool]
    pictures: list[int]


def teach_recall(
    model: LlavaForConditionalGeneration,
    tokenizer: PreTrainedTokenizerFast,
    figures: Sequence[Figure],
    batches: int,
    seed: int,
    progress: Progress,
) -> None:
    """Train the language model and the projector on sequences of pictures and names; the tower stays as it is."""
    draw = random.Random(f"{seed} recall")  # noqa: S311 - no secret
    views = [world.portrait(one, draw.randrange(1 << 40), SIDE) for one in figures for _ in range(_VIEWS)]
    with torch.no_grad():
        seen = torch.cat([states(model, processed(views[at : at + 256])) for at in range(0, len(views), 256)])
    projector, language = model.model.multi_modal_projector, model.model.language_model
    learning = Learning([*projector.named_parameters(), *language.named_parameters()], batches)
    numbers = {one: number for number, one in enumerate(figures)}
    image = model.config.image_token_id
    model.train()
    for number in range(1, batches + 1):
        made = [_sequence(tokenizer, image, numbers, draw) for _ in range(_BATCH)]
        length = max(len(one.tokens) for one in made)
        tokens = torch.tensor([one.tokens + [tokenizer.pad_token_id] * (length - len(one.tokens)) for one in made])
        learnt = torch.tensor([one.learnt + [False] * (length - len(one.tokens)) for one in made])
        pictures = projector(seen[[picture for one in made for picture in one.pictures]])
        embedded = language.embed_tokens(tokens)
        embedded = embedded.masked_scatter((tokens == image)[..., None], pictures)
        hidden = language(inputs_embeds=embedded, use_cache=False).last_hidden_state
        loss = cross_entropy(model.lm_head(hidden[:, :-1][learnt[:, 1:]]), tokens[:, 1:][learnt[:, 1:]])
        learning.step(loss)
        progress("teaching the model to look up", number, batches, f"loss {loss.item():.3f}")
    model.eval()


def _sequence(tokenizer: Any, image: int, numbers: dict[Figure, int], draw: random.Random) -> _Sequence:
    shown = group([*numbers], draw.randint(_FEWEST, _MOST), draw, _ALIKE)
    names = {one: tokenizer(words.new_name(draw), add_special_tokens=False).input_ids for one in shown}
    before, after = (tokenizer(text, add_special_tokens=False).input_ids for text in ("\n Name: <", ">, Info:"))
    made = _Sequence([tokenizer.bos_token_id], [False], [])
    met = set[Figure]()
    for _ in range(_ITEMS):
        one = draw.choice(shown)
        made.pictures.append(numbers[one] * _VIEWS + draw.randrange(_VIEWS))
        for tokens, learnt in (([image] * 4 + before, False), (names[one] + after, one in met)):
            made.tokens.extend(tokens)
            made.learnt.extend([learnt] * len(tokens))
        met.add(one)
    return made
