"""How well and how fast photos are recognised: `python -m benchmarks.recognition [DIR …]`.

Each DIR holds a folder of photos for each concept (docs/evaluation.md); the default is `FOLDERS`. Recall and grades
are those of `bot eval retrieval`. The time is that of the recognizer's look and identify on a decoded photo, against
the bare detector at its 640 px and the bare encoder at its native 224 px, in the same run.
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

from bot.build.models import Models, models_of
from bot.config import load
from bot.evaluation.data import readers
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.protocol import everyone_known
from bot.evaluation.experiments import retrieval
from bot.evaluation.harness.cache import Cache
from bot.evaluation.harness.recognition import CHAT, FileRecognizer, direct_recognizer, open_image
from bot.evaluation.harness.report import Report
from bot.logs import set_up
from core.images.decoding import resized
from core.models.onnx.mobilenet import NETWORK
from core.models.onnx.sessions import Session

FOLDERS = ("photos/dreambooth", "photos/lcmp")
NATIVE = 224  # pixels, what MobileNetV2 was trained on
PHOTOS = 40
CACHE = Path("~/.cache/rapport/evaluation.db").expanduser()


async def _quality(models: Models, folders: list[Path]) -> dict[str, dict[str, float]]:
    config = load()
    found = {}
    with Cache(CACHE) as cache, Progress(disable=True) as progress:
        for folder in folders:
            recognizer = FileRecognizer.of(config, models, cache)
            report = await retrieval.measure(recognizer, readers.read(folder), shots=(1, 5), progress=progress)
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
    """The median milliseconds for a photo, of the recognizer and of the bare models, and their ratio."""
    settings = load().models
    detector, encoder = models.detector(), models.encoder()
    bare_encoder = Session(NETWORK, threads=settings.threads)

    recognizer = direct_recognizer(detector, encoder, models.saliency() if models.saliencies else None, models)
    with Cache(CACHE) as cache:
        references = everyone_known(collection, 1, 0).references
        index = await FileRecognizer.of(load(), models, cache).index(references)
    product, bare = [], []
    for path in collection.photos[:: max(1, len(collection.photos) // PHOTOS)]:
        image = open_image(path)
        start = time.perf_counter()
        detector.detect([image])
        bare_encoder.run({"photo": resized(image, (NATIVE, NATIVE)).pixels[None]})
        between = time.perf_counter()
        recognizer.identify(index, await recognizer.look(CHAT, image))
        bare.append(1e3 * (between - start))
        product.append(1e3 * (time.perf_counter() - between))
    return {
        "photo_ms": round(statistics.median(product[3:]), 1),
        "bare_ms": round(statistics.median(bare[3:]), 1),
        "ratio": round(statistics.median(product[3:]) / statistics.median(bare[3:]), 2),
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
    """Measure and print one line of JSON."""
    set_up("text", "error")
    folders = [Path(one) for one in sys.argv[1:] or FOLDERS]
    missing = [str(one) for one in folders if not one.is_dir()]
    if missing:
        print(json.dumps({"benchmark": "recognition", "skipped": f"no photos at {', '.join(missing)}"}))
        return
    print(json.dumps(asyncio.run(_measure(folders))))


if __name__ == "__main__":
    main()
