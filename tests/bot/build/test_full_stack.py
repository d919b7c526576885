"""With the `[rap]` extra beside it the bot still works: run by `make test-full`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.photos import brightened, mirrored, photo

pytestmark = pytest.mark.full

# torch and faiss each bring an OpenMP of their own; here they share one process.
_BOT_BESIDE_TORCH = """
import torch, torchvision, open_clip, transformers, ultralytics
assert torch.ones(4, 4).matmul(torch.ones(4, 4)).sum() == 64
from bot.__main__ import app
app(["pipe", "--store", %r])
"""


def test_the_bot_recognises_and_forgets_in_one_process_with_the_full_stack(tmp_path: Path) -> None:
    first, again = tmp_path / "first.png", tmp_path / "again.png"
    first.write_bytes(photo("cat"))
    again.write_bytes(photo("cat", mirrored, brightened(1.1)))
    lines = [
        {"id": "1", "text": "/remember bo", "photos": [str(first)]},
        {"id": "2", "photos": [str(again)]},
        {"id": "3", "text": "/forget bo"},
        {"id": "4", "photos": [str(again)]},
    ]
    done = subprocess.run(
        [sys.executable, "-c", _BOT_BESIDE_TORCH % str(tmp_path / "full.db")],
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "YOLO_OFFLINE": "true"},
        check=True,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]  # ultralytics greets
    assert [row["id"] for row in rows] == ["1", "2", "3", "4"]
    assert "bo" in [seen["name"] for seen in rows[1]["sightings"]]
    assert "bo" not in [seen["name"] for seen in rows[3]["sightings"]]
