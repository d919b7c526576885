"""The vision tower's own lesson: which quarter of a picture is which, and the colour, texture and shape in it.

LLaVA begins with a tower that CLIP has trained on 400 million pictures. This one learns from figures that are drawn as
it goes, by a linear layer on its last states that names each of these. That layer's directions are what the
projector begins with.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Any

import PIL.Image
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import LlavaForConditionalGeneration

from bot.train.demo import world
from bot.train.demo.learning import Learning, made_ahead
from bot.train.demo.lessons import SIDE, Progress, group
from bot.train.demo.untrained import IMAGE_SIDE, PATCH, new_tokenizer
from bot.train.demo.world import COLOURS, QUARTERS, SHAPES, TEXTURES, Figure
from core.models.vlm.loading import llava_processor

_BATCH = 64  # pictures
_RECOLOURED = 24  # of these, by another order of red, green and blue
_PORTRAITS = 0.35  # of the pictures
_ALIKE = 0.2
_SPREAD = 0.05  # of what the projector hands on of each output: together about as much as a word
_ASPECTS = ([*COLOURS], [*TEXTURES], [*SHAPES])
_PARTS = (1, *map(len, _ASPECTS), len(QUARTERS))  # whether there is a figure, the three, and which quarter it is
_OUTPUTS = sum(_PARTS)


def teach_tower(
    model: LlavaForConditionalGeneration, figures: Sequence[Figure], batches: int, seed: int, progress: Progress
) -> None:
    """Train the tower of a model on pictures of figures, and begin its projector with what was learnt."""
    torch.manual_seed(seed)
    tower = model.model.vision_tower
    naming = torch.nn.Linear(model.config.vision_config.hidden_size, _OUTPUTS)
    learning = Learning([*tower.named_parameters(), *naming.named_parameters()], batches)
    tower.train()
    logits = torch.zeros(1, 1, _OUTPUTS)
    for number, (pixels, there, aspects) in enumerate(made_ahead(partial(_pictures, figures, batches, seed)), 1):
        logits = naming(states(model, pixels))
        figure, *looks, quarters = logits.split(_PARTS, dim=-1)
        loss = binary_cross_entropy_with_logits(figure[..., 0], there.float())
        loss = loss + cross_entropy(quarters.flatten(0, 1), torch.arange(len(QUARTERS)).repeat(_BATCH))
        for aspect, part in enumerate(looks):
            loss = loss + cross_entropy(part[there], aspects[..., aspect][there], ignore_index=-1)
        learning.step(loss)
        progress("teaching the tower to see", number, batches, f"loss {loss.item():.3f}")
    tower.eval()
    with torch.no_grad():
        _begin_projector(model.model.multi_modal_projector, naming, logits)


def _pictures(figures: Sequence[Figure], batches: int, seed: int) -> Iterator[tuple[Any, Any, Any]]:
    """Batches: pixels as the processor makes them; by quarter, whether a figure is there, and which, or -1 for unknown.

    A portrait is one figure in all quarters. float32 B×3×H×W; bool B×4; int64 B×4×3.
    """
    draw = random.Random(f"{seed} tower")  # noqa: S311 - no secret
    for _ in range(batches):
        pictures, told = [], torch.full((_BATCH, len(QUARTERS), len(_ASPECTS)), -1)
        for number in range(_BATCH):
            if draw.random() < _PORTRAITS:
                figure = draw.choice(figures)
                pictures.append(world.portrait(figure, draw.randrange(1 << 40), SIDE))
                told[number] = torch.tensor(_numbers(figure))
                continue
            seen = world.scene(group(figures, draw.choice([1, 2, 3]), draw, _ALIKE), draw.randrange(1 << 40), SIDE)
            pictures.append(seen.picture)
            for figure, quarter in zip(seen.figures, seen.quarters, strict=True):
                told[number, quarter] = torch.tensor(_numbers(figure))
        pixels, there = processed(pictures), told[..., 0] >= 0
        # In other colours, which aren't asked for: so shapes and textures are learnt of whatever colour.
        pixels[:_RECOLOURED] = pixels[:_RECOLOURED, draw.sample(range(3), 3)]
        told[:_RECOLOURED, :, 0] = -1
        yield pixels, there, told


def _numbers(figure: Figure) -> list[int]:
    aspects = (figure.colour, figure.texture, figure.shape)
    return [values.index(one) for values, one in zip(_ASPECTS, aspects, strict=True)]


def processed(pictures: Sequence[PIL.Image.Image]) -> torch.Tensor:
    """The pixels of pictures as the model gets them: float32 B×3×H×W."""
    pixels: torch.Tensor = _processor()([*pictures], return_tensors="pt")["pixel_values"]
    return pixels


@cache
def _processor() -> Any:
    return llava_processor(new_tokenizer(), IMAGE_SIDE, PATCH).image_processor


def states(model: LlavaForConditionalGeneration, pixels: torch.Tensor) -> torch.Tensor:
    """The tower's states that the projector takes: float32 B×4×width, one for each quarter."""
    found: torch.Tensor = model.model.vision_tower(pixel_values=pixels, output_hidden_states=True).hidden_states[-1]
    return found[:, 1:]


def _begin_projector(projector: Any, naming: torch.nn.Linear, logits: torch.Tensor) -> None:
    """Let the projector hand on what `naming` tells, linearly: gelu(x) - gelu(-x) = x.

    `logits` are some that it gave: each output is handed on with a mean of 0 and a spread of 1.
    """
    flat = logits.flatten(0, -2)
    scale = 1 / flat.std(0)
    weight, bias = naming.weight * scale[:, None], (naming.bias - flat.mean(0)) * scale
    into, out = projector.linear_1, projector.linear_2
    spread = torch.randn(out.weight.shape[0], _OUTPUTS) * _SPREAD
    for at, sign in ((0, 1), (_OUTPUTS, -1)):
        into.weight[at : at + _OUTPUTS], into.bias[at : at + _OUTPUTS] = sign * weight, sign * bias
        out.weight[:, at : at + _OUTPUTS] = sign * spread
    torch.nn.init.normal_(out.weight[:, 2 * _OUTPUTS :], std=0.02)
    torch.nn.init.zeros_(out.bias)
