"""Sets of models that go together, from a laptop to the paper's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

PresetName = Literal["lite", "standard", "rap"]


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset stands for, wherever the configuration says nothing else.

    `generator` and `generator_model` are values of `[generator]`: kind and model.
    """

    detector: str
    encoder: str
    saliency: str = "u2netp"
    generator: str = "composer"
    generator_model: str = "llava-hf/llava-1.5-7b-hf"


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "lite": Preset("yolo11n", "mobilenetv2"),
        "standard": Preset("yolov8s-worldv2-onnx", "dinov2-small-onnx + clip-vit-b-32-onnx"),
        "rap": Preset(
            "yolov8x-worldv2",
            "clip-vit-l-14-336",
            generator="transformers",
            generator_model="Hoar012/RAP-LLaVA-13b",
        ),
    }
)
"""lite: from the package index alone. standard: no torch, no GPU. rap: arXiv 2410.13360, section 3."""
