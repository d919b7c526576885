"""How well and how fast photos are recognised: `python -m benchmarks.recognition [DIR …]`.

Each DIR holds a folder of photos for each concept (docs/evaluation.md). Rights and wrongs come from
`bot eval retrieval`. The time is that of the product's look and identify, photo decoded, against the bare
detector on its 640 px and the bare encoder on its native 224 px, in the same run.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from rich.progress import Progress

from bot.build.models import Models, models_of, recognizer_over
from bot.config import load
from bot.evaluation.data import readers
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import everyone_known
from bot.evaluation.experiments import retrieval
from bot.evaluation.harness.cache import Cache
from bot.evaluation.harness.eyes import CHAT, Eyes, NoMemories, opened
from bot.evaluation.harness.report import Report
from bot.logs import set_up
from core.concepts import Embedding, Region
from core.images.decoding import Image, resized
from core.models.onnx.mobilenet import NETWORK
from core.models.onnx.sessions import Session
from core.ports import View

SHARED = Path("/work/shared/data")
NATIVE = 224  # pixels, what MobileNetV2 was trained on
PHOTOS = 40
CACHE = Path("~/.cache/rapport/evaluation.db").expanduser()


async def _quality(models: Models, folders: list[Path]) -> dict[str, dict[str, float]]:
    config = load()
    found = {}
    with Cache(CACHE) as cache, Progress(disable=True) as progress:
        for folder in folders:
            eyes = Eyes.of(config, models, cache)
            report = await retrieval.measure(eyes, readers.read(folder), shots=(1, 5), progress=progress)
            found[report.data] = _figures(report)
    return found


def _figures(report: Report) -> dict[str, float]:
    rows = {row[""]: row for row in report.rows}

    def figure(measure: str, shots: str) -> float:
        return round(float(rows[measure][shots].mean), 3)

    return {
        "top1_1ref": figure("Top-1 recall", "1 reference"),
        "top1_5ref": figure("Top-1 recall", "5 references"),
        "recall_at_5pct_false_1ref": figure("recall at 5 % false names", "1 reference"),
        "recall_at_5pct_false_5ref": figure("recall at 5 % false names", "5 references"),
        "sure_right_1ref": figure("of the sure, right", "1 reference"),
        "sure_right_5ref": figure("of the sure, right", "5 references"),
    }


async def _speed(models: Models, collection: Collection) -> dict[str, float]:
    """Milliseconds a photo, the median of many: the product's against the bare models'."""
    settings = load().models
    detector, encoder = models.detector(), models.encoder()
    bare_encoder = Session(NETWORK, threads=settings.threads)

    async def detect(image: Image, _: str) -> list[Region]:
        return detector.detect([image])[0]

    async def encode(view: View, _: str) -> list[Embedding]:
        return encoder.encode([view])[0]

    recognizer = recognizer_over(NoMemories(), detect, encode, models)
    with Cache(CACHE) as cache:
        references = everyone_known(collection, 1, 0).references
        index = await Eyes.of(load(), models, cache).remember(references)
    ours, bare = [], []
    for path in collection.photos[:: max(1, len(collection.photos) // PHOTOS)]:
        image = opened(path)
        began = time.perf_counter()
        detector.detect([image])
        bare_encoder.run({"photo": resized(image, (NATIVE, NATIVE)).pixels[None]})
        between = time.perf_counter()
        recognizer.identify(index, await recognizer.look(CHAT, image))
        bare.append(1e3 * (between - began))
        ours.append(1e3 * (time.perf_counter() - between))
    return {
        "photo_ms": round(statistics.median(ours[3:]), 1),
        "bare_ms": round(statistics.median(bare[3:]), 1),
        "ratio": round(statistics.median(ours[3:]) / statistics.median(bare[3:]), 2),
        "goal_ratio": 3.0,
    }


async def _measure(folders: list[Path]) -> dict[str, Any]:
    models = models_of(load())
    return {
        "benchmark": "recognition",
        "compares": "look and identify, against the bare detector (640 px) and encoder (224 px)",
        **await _speed(models, readers.read(folders[0])),
        **await _quality(models, folders),
    }


def main() -> None:
    """Measure and print one line."""
    set_up("text", "error")
    folders = [Path(one) for one in sys.argv[1:]] or [SHARED / "dreambooth", SHARED / "lcmp"]
    missing = [str(one) for one in folders if not one.is_dir()]
    if missing:
        print(json.dumps({"benchmark": "recognition", "skipped": f"no photos at {', '.join(missing)}"}))
        return
    print(json.dumps(asyncio.run(_measure(folders))))


if __name__ == "__main__":
    main()
