"""Measuring with the model as it is while it is trained."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytest.importorskip("peft")

import torch
from safetensors.torch import load_file

from bot.config import Config
from bot.evaluation.data.readers import read
from bot.train.curve import lines_of
from bot.train.evaluating import Evaluation
from bot.train.profiles import profile_of
from bot.train.run import Training, fine_tune
from tests.support.collections_on_disk import photos
from tests.support.fakes import fake_models
from tests.support.tiny import samples, vlm

pytestmark = pytest.mark.full


@pytest.mark.parametrize(("kind", "precision"), [("original", "bf16"), ("qwen", "bf16")])
def test_the_bots_own_measures_are_on_the_curve_and_change_nothing_else(
    tmp_path: Path, kind: str, precision: str
) -> None:
    original = kind == "original"
    model = (
        vlm.original(tmp_path / "RAP", vlm.original_state(), vlm.tower(tmp_path / "clip"))
        if original
        else vlm.qwen(tmp_path / "qwen")
    )
    for colour in ("red", "blue", "yellow"):
        photos(tmp_path / "photos" / colour, colour, 2)
    evaluation = Evaluation(read(tmp_path / "photos"), Config(), fake_models(), tokens=3)
    data = samples.folder_of(tmp_path / "data", 4, aside=0)
    profile = profile_of("cpu", given={"max_steps": 3, "eval_steps": 2, "precision": precision})
    plain = Training(data, str(model), tmp_path / "plain", profile, device="cpu")
    measured = Training(data, str(model), tmp_path / "measured", profile, device="cpu", evaluation=evaluation)
    weights = [load_file(fine_tune(plan).model / "adapter_model.safetensors") for plan in (plain, measured)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    tables = {line["step"]: line for line in lines_of(tmp_path / "measured/curve.jsonl") if "caption" in line}
    assert [*tables] == [2, 3]
    assert tables[3]["caption"].keys() >= {"real retrieval", "wrong retrieval", "without retrieval"}
    assert 0 <= tables[3]["recognise"]["real retrieval"]["weighted"] <= 1
    assert "letter" in tables[3]["qa"]["real retrieval"]
