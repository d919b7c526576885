"""A run that was killed goes on with the same command, and ends as one that wasn't."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytest.importorskip("peft")

import torch
from safetensors.torch import load_file

from bot.train import checkpoints
from bot.train.curve import lines_of
from tests.support.tiny import samples, vlm

pytestmark = pytest.mark.full

SAMPLES, BATCH, EPOCHS = 40, 4, 2
STEPS = EPOCHS * SAMPLES // BATCH


def command(data: Path, out: Path, model: Path) -> list[str]:
    numbers = {"batch-size": BATCH, "epochs": EPOCHS, "save-steps": 3, "seed": 3}
    options = [word for name, value in numbers.items() for word in (f"--{name}", str(value))]
    start = [sys.executable, "-m", "bot", "train", "run", str(data), str(out), "--model", str(model)]
    return [*start, "--profile", "cpu", "--device", "cpu", *options]


def run(words: list[str]) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_killed_run_ends_as_one_that_was_not(tmp_path: Path) -> None:
    model = vlm.original(tmp_path / "RAP-LLaVA", vlm.original_state(), vlm.tower(tmp_path / "clip"))
    data, out, whole = samples.folder_of(tmp_path / "data", SAMPLES), tmp_path / "out", tmp_path / "whole"
    run(command(data, whole, model))

    killed = subprocess.Popen(command(data, out, model), env=os.environ | {"OMP_NUM_THREADS": "1"})
    while killed.poll() is None and sum(1 for _ in lines_of(out / "seen.jsonl")) < 8:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    newest, _ = checkpoints.newest(out)
    assert newest is not None
    with (newest / "optimizer.pt").open("r+b") as torn:  # as if it had been killed earlier
        torn.truncate(100)
    before = checkpoints.step_of(newest) - 3

    told = run(command(data, out, model))
    assert f"{newest.name} isn't whole" in told
    assert f"Going on after step {before}." in told
    assert f"in {STEPS} steps" in told
    assert [line["step"] for line in lines_of(out / "seen.jsonl")] == [*range(1, STEPS + 1)]
    assert lines_of(out / "seen.jsonl") == lines_of(whole / "seen.jsonl")
    half = lines_of(out / "seen.jsonl")[: STEPS // EPOCHS]
    assert Counter(one for line in half for one in line["samples"]) == Counter(f"sample-{i}" for i in range(SAMPLES))
    losses = [[line.get("loss") for line in lines_of(folder / "curve.jsonl")] for folder in (out, whole)]
    assert losses[0] == losses[1]
    weights = [load_file(folder / "model/adapter_model.safetensors") for folder in (out, whole)]
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert json.loads((out / "model/rapport.json").read_text())["profile"]["batch_size"] == BATCH
