"""Two processes learn what one does: the same command under torchrun."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytest.importorskip("peft")

from bot.train.curve import lines_of
from tests.support.tiny import samples, vlm

pytestmark = pytest.mark.full


def curve(out: Path, model: Path, data: Path, *launcher: str, per_device_batch_size: int) -> list[float]:
    numbers = [
        "--batch-size",
        "4",
        "--per-device-batch-size",
        str(per_device_batch_size),
        "--lora-dropout",
        "0",
        "--max-steps",
        "4",
        "--learning-rate",
        "0.01",
    ]
    words = [*launcher, "-m", "bot", "train", "run", str(data), str(out), "--model", str(model)]
    words += ["--profile", "cpu", "--device", "cpu", *numbers]
    done = subprocess.run(words, check=False, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("Trained on 16 sequences in 4 steps.") == 1  # one process speaks
    return [line["loss"] for line in lines_of(out / "curve.jsonl") if "loss" in line]


def test_two_processes_learn_what_one_does(tmp_path: Path) -> None:
    model = vlm.original(tmp_path / "RAP-LLaVA", vlm.original_state(), vlm.tower(tmp_path / "clip"))
    data = samples.folder_of(tmp_path / "data", 16)
    alone = curve(tmp_path / "one", model, data, sys.executable, per_device_batch_size=4)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    together = curve(tmp_path / "two", model, data, *launcher, per_device_batch_size=1)
    assert together == pytest.approx(alone, rel=1e-3)
    assert alone[-1] < alone[0]
    assert (tmp_path / "two/model/adapter_model.safetensors").is_file()
