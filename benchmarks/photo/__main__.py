"""What a person waits for: `python -m benchmarks.photo [DIR]` prints a table by stage, and one JSON line.

A chat of ten concepts on the pipe, with the configured models: `/remember` with a photo of each, then photos of them to
be recognised. Beside each of these, in turn and in this very run, its bare models: ONNX Runtime on input that lies
ready, one graph after the other, the saliency model included where there is one. `ratio` is the one median by the
other, `ratio_of_cpu` that of the processor time of both, which other programs disturb less (decoding, in a process of
its own, is not in it). DIR holds a folder of photos for each concept (docs/evaluation.md), which are sent at 720 px.

Stages overlap: the encoder surveys a photo while the detector looks, and the picture is drawn while words are made.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

from adapters.pipe.pipe import Pipe
from benchmarks.photo.arguments import arguments
from bot.config import Config, load
from bot.evaluation.data import readers
from bot.evaluation.data.datasets import Collection
from bot.evaluation.harness.recognition import open_image
from bot.logs import set_up
from bot.running.rapport import rapport
from core.images.decoding import Image, encode_jpeg, resized, shrink
from core.models.boxes import Layout, letterbox
from core.models.onnx.mobilenet import POSES
from core.models.onnx.sessions import Session
from core.models.weights import sources

CONCEPTS, SIDE = 10, 720
# Pixels at which the encoder sees them.
OF_A_PHOTO = tuple(pose.longest for pose in (POSES.usual, *POSES.whole))
OF_A_REFERENCE = tuple(pose.longest for pose in POSES.reference)


@dataclass(frozen=True, slots=True)
class Bare:
    """The graphs alone: the detector, the encoder and, where there is one, the saliency model."""

    detector: Session
    encoder: Session
    saliency: Session | None

    @classmethod
    def of(cls, config: Config) -> Bare:
        """Load those that the configuration names; of the families of the preset `lite`."""
        chosen, threads = config.models, config.models.threads
        salient = sources.saliency(chosen.saliency, chosen.cache)
        return cls(
            Session(sources.source(chosen.detector, "detector", chosen.cache).path, threads=threads),
            Session(sources.source(chosen.encoder, "encoder", chosen.cache).path, threads=threads),
            Session(salient.path, threads=threads) if salient else None,
        )

    def photo(self, image: Image, poses: Sequence[int] = OF_A_PHOTO, side: int = 640) -> float:
        """The milliseconds of a photo's models."""
        sheet = letterbox(image, Layout.of(image, side))
        runs: list[Callable[[], object]] = [lambda: self.detector.run({"images": sheet})]
        for longest in poses:
            factor = longest / max(image.width, image.height)
            size = round(image.width * factor), round(image.height * factor)
            pixels = np.ascontiguousarray(resized(image, size).pixels[None])
            runs.append(lambda pixels=pixels: self.encoder.run({"photo": pixels}))  # type: ignore[misc]
        if (salient := self.saliency) and poses == OF_A_REFERENCE:
            square = np.zeros((1, 3, 320, 320), np.float32)
            runs.append(lambda: salient.run({salient.inputs[0]: square}, salient.outputs[:1]))
        began = time.perf_counter()
        for run in runs:
            run()
        return 1e3 * (time.perf_counter() - began)


class Chat:
    """One chat on a pipe: a line out, the answer in."""

    def __init__(self, folder: Path, sent: TextIO, answers: TextIO) -> None:
        self._folder, self._sent, self._answers, self._number = folder, sent, answers, 0

    async def ask(self, image: Image, text: str = "") -> tuple[float, dict[str, Any]]:
        """The milliseconds until the answer, and the answer."""
        self._number += 1
        path = self._folder / f"{self._number}.jpg"
        path.write_bytes(encode_jpeg(image))
        line = json.dumps(
            {"id": str(self._number), "chat": "bench", "private": True, "text": text, "photos": [str(path)]}
        )
        began = time.perf_counter()

        def answer() -> tuple[float, str]:
            self._sent.write(line + "\n")
            self._sent.flush()
            row = self._answers.readline()
            return time.perf_counter(), row

        ended, row = await asyncio.to_thread(answer)
        return 1e3 * (ended - began), json.loads(row)


def stages(exposition: bytes) -> dict[str, tuple[float, int]]:
    """Milliseconds in all and how often, by stage, of what the program counts itself."""
    found: dict[str, list[float]] = {}
    for family in text_string_to_metric_families(exposition.decode()):
        for sample in family.samples:
            if family.name == "rapport_stage_seconds" and sample.name.endswith(("_sum", "_count")):
                both = found.setdefault(sample.labels["stage"], [0.0, 0.0])
                both[sample.name.endswith("_count")] = sample.value
    return {stage: (1e3 * total, int(count)) for stage, (total, count) in found.items()}


async def _timed(
    chat: Chat, asked: Sequence[tuple[Image, str]], bare: Callable[[Image], float], exposition: Callable[[], bytes]
) -> tuple[dict[str, Any], dict[str, float]]:
    """The figures of so many messages beside their bare models, and the mean milliseconds of each stage."""
    product, models, before, cpu = [], [], stages(exposition()), [0.0, 0.0]
    for image, text in asked:
        began = time.process_time()
        models.append(bare(image))
        between = time.process_time()
        taken, row = await chat.ask(image, text)
        cpu[0], cpu[1] = cpu[0] + between - began, cpu[1] + time.process_time() - between
        if "error" in row:
            raise RuntimeError(row["error"])
        product.append(taken)
    spent = {
        stage: (total - before.get(stage, (0.0, 0))[0]) / len(asked)
        for stage, (total, count) in stages(exposition()).items()
        if count > before.get(stage, (0.0, 0))[1]
    }
    ratios = [one / other for one, other in zip(product, models, strict=True)]
    return {
        "ms": round(statistics.median(product), 1),
        "bare_ms": round(statistics.median(models), 1),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_of_cpu": round(cpu[1] / cpu[0], 3),
    }, spent | {"through the pipe": statistics.mean(product), "bare models": statistics.mean(models)}


def _sized(path: Path) -> Image:
    return shrink(open_image(path), SIDE)[0]


async def _measure(config: Config, collection: Collection, photos: int, folder: Path) -> tuple[dict[str, Any], Table]:
    settings = config.model_copy(
        update={"store": config.store.model_copy(update={"url": f"sqlite+aiosqlite:///{folder}/bench.db"})}
    )
    bare, subjects = Bare.of(config), collection.subjects[:CONCEPTS]
    taught = [(_sized(one.photos[0]), f"/remember thing{number}") for number, one in enumerate(subjects)]
    others = [path for one in subjects for path in one.photos[1:]][:photos]
    inward, outward = os.pipe(), os.pipe()
    source, sink = os.fdopen(inward[0], encoding="utf-8"), os.fdopen(outward[1], "w", encoding="utf-8")
    sent, answers = os.fdopen(inward[1], "w", encoding="utf-8"), os.fdopen(outward[0], encoding="utf-8")
    async with rapport(settings) as running:
        pipe = Pipe(running.assistant, source=source, sink=sink, pictures=folder / "pictures", chores=running.chores)
        serving = asyncio.create_task(pipe.run())
        chat = Chat(folder, sent, answers)
        await asyncio.sleep(4)  # what is loaded after the start
        await chat.ask(_sized(others[0]))
        exposition = running.metrics.exposition
        remember = await _timed(chat, taught, lambda image: bare.photo(image, OF_A_REFERENCE), exposition)
        await chat.ask(_sized(others[0]))
        photo = await _timed(chat, [(_sized(one), "") for one in others], bare.photo, exposition)
        sent.close()
        await serving
    table = Table("ms, mean", "a photo", "/remember")
    for stage in dict.fromkeys((*photo[1], *remember[1])):
        cells = (f"{spent[stage]:.1f}" if stage in spent else "" for _, spent in (photo, remember))
        table.add_row(stage, *cells)
    return {"photo": photo[0], "remember": remember[0]}, table


def main() -> None:
    """Measure, print the table on standard error and one line of JSON."""
    set_up("text", "error")
    wanted = arguments(__doc__)
    wanted.add_argument("--photos", type=int, default=30, help="to be recognised")
    chosen = wanted.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        figures, table = asyncio.run(_measure(load(), readers.read(chosen.folder), chosen.photos, Path(scratch)))
    Console(stderr=True).print(table)
    compared = f"a photo of {SIDE} px through the pipe, {CONCEPTS} concepts, against its bare models in the same run"
    print(json.dumps({"benchmark": "photo", "compares": compared, "goal_ratio": 1.15, **figures}))


if __name__ == "__main__":
    main()
