"""What of a model is trained, and how fast."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers")
pytest.importorskip("peft")

import torch

from bot.train.adapting import adapted, groups, name_base
from bot.train.profiles import Profile
from core.models.vlm.loading import load
from tests.support.tiny import vlm

pytestmark = pytest.mark.full


@pytest.fixture(params=["original", "qwen"])
def model(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    if request.param == "qwen":
        return load(str(vlm.qwen(tmp_path / "qwen")), device="cpu").model
    folder = vlm.original(tmp_path / "llava", vlm.original_state(), vlm.tower(tmp_path / "clip"))
    return load(str(folder), device="cpu").model


def trained(model: Any) -> dict[str, torch.nn.Parameter]:
    return {name: one for name, one in model.named_parameters() if one.requires_grad}


def test_a_lora_is_on_each_linear_layer_of_the_language_model_beside_the_projector(model: Any) -> None:
    model = adapted(model.to(torch.bfloat16), Profile(lora_rank=4))
    names = trained(model)
    layers = {found[1] for name in names if (found := re.search(r"language_model\.(layers\..*)\.lora_A", name))}
    leaves = {layer.rpartition(".")[2] for layer in layers}
    assert leaves == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert len(layers) == 7 * 3
    others = {name for name in names if ".lora_" not in name}
    assert others
    assert all(".modules_to_save.default." in name for name in others)
    assert all("projector" in name or "visual.merger" in name for name in others)
    assert {one.dtype for one in names.values()} == {torch.float32}  # steps of 1e-5 are lost in 16 bits
    assert {one.dtype for name, one in model.named_parameters() if name not in names} == {torch.bfloat16}
    fast, slow = groups(model, Profile(lora_rank=4))
    assert (fast["lr"], slow["lr"]) == (1e-4, 2e-5)
    assert len(slow["params"]) == len(others)
    assert len(fast["params"]) + len(slow["params"]) == len(names)
    assert model.peft_config["default"].base_model_name_or_path == ""  # so that no checkpoint asks a hub
    name_base(model, "base", "commit")
    assert model.peft_config["default"].base_model_name_or_path == "base"
    assert model.peft_config["default"].revision == "commit"


def test_without_a_rate_the_projector_stays(model: Any) -> None:
    model = adapted(model, Profile(lora_rank=4, projector_learning_rate=0))
    assert all(".lora_" in name for name in trained(model))
    assert len(groups(model, Profile(lora_rank=4, projector_learning_rate=0))) == 1


@pytest.mark.parametrize("vision", [False, True])
def test_all_weights_but_those_that_see(model: Any, vision: bool) -> None:
    model = adapted(model, Profile(lora_rank=0, vision=vision))
    frozen = {name for name, one in model.named_parameters() if not one.requires_grad}
    assert bool(frozen) is not vision
    assert all("vision_tower" in name or "visual." in name for name in frozen)
    assert not any("visual.merger" in name for name in frozen)
