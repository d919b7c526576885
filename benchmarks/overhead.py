"""What Rapport adds to each message beyond the models: `python -m benchmarks.overhead`.

Messages go through the real assistant, store, index and executor with models that cost nothing; the
same work without Rapport around it (decode the photo, nothing else) is measured in the same run. So is
the floor of a photo for any bot that never blocks its event loop: to a thread and back for decoding,
detector and encoder, and before and after them for the chat's revision.
"""

from __future__ import annotations

import asyncio
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import PIL.Image

from bot.build.models import Models
from bot.build.rapport import Rapport
from bot.config import Config
from bot.logs import set_up
from bot.running.rapport import rapport
from core.concepts import Embedding, Region
from core.images.decoding import Image, decode
from core.language.composer import Composer
from core.messages import Chat, Message, Photo, Sender
from core.ports import Categories, View
from core.recognition.calibration import Calibration

ROUNDS = 400
CHAT, ANN = Chat("bench", "home"), Sender("ann", "Ann")


class NoDetector:
    """A detector that finds one dog without any work."""

    identity = "none"

    def detect(self, images: Sequence[Image], _categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        """The whole photo is a dog."""
        return [[Region(image.box, "dog", 0.9)] for image in images]


class NoEncoder:
    """An encoder without a model: a photo's vector resembles no other photo's."""

    identity = "none"
    dimension = 128

    def encode(self, views: Sequence[View]) -> list[list[Embedding]]:
        """A vector that depends on the photo's first pixel alone."""
        return [[_vector(int(view.image.pixels[0, 0, 0]))] * len(view.boxes) for view in views]


def _vector(seed: int) -> Embedding:
    vector = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
    return Embedding(vector / np.linalg.norm(vector), np.zeros((0, 128), np.float32))


def small_photo(colour: int) -> Photo:
    """A JPEG of 64 × 64 px in one shade of red."""
    out = io.BytesIO()
    PIL.Image.new("RGB", (64, 64), (colour, 0, 0)).save(out, "JPEG")
    return Photo(out.getvalue())


async def _timed(running: Rapport, make: Callable[[int], Message]) -> list[float]:
    """Milliseconds of each of many messages, one after the other."""
    taken = []
    for number in range(ROUNDS):
        message = make(number)
        start = time.perf_counter()
        async for _ in running.assistant.answer(message):
            pass
        taken.append(1e3 * (time.perf_counter() - start))
    return taken[ROUNDS // 10 :]


async def _hops(running: Rapport, photo: Photo) -> float:
    """The milliseconds of decoding, of thread switches and of reading the revision, without the bot."""
    start = time.perf_counter()
    await running.store.state(CHAT)
    image = await asyncio.to_thread(decode, photo.data)
    regions = (await asyncio.to_thread(NoDetector().detect, [image]))[0]
    await asyncio.to_thread(NoEncoder().encode, [View(image, tuple(one.box for one in regions))])
    await running.store.revision(CHAT)
    return 1e3 * (time.perf_counter() - start)


def _figures(taken: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(statistics.median(taken), 3),
        "p99_ms": round(float(np.percentile(taken, 99)), 3),
    }


async def _measure(folder: Path) -> dict[str, object]:
    config = Config(store={"url": f"sqlite+aiosqlite:///{folder / 'bench.db'}"})
    models = Models({"cpu": NoDetector}, {"cpu": NoEncoder}, "none", Calibration(-12, 20, 0, 0.95, 0.4), Composer())
    stranger = small_photo(40)
    async with rapport(config, models) as running:
        for number in range(20):
            learnt = Message(CHAT, ANN, f"/remember n{number} | dog | info", (small_photo(100 + 4 * number),))
            async for _ in running.assistant.answer(learnt):
                pass
        photo = await _timed(running, lambda _: Message(CHAT, ANN, "", (stranger,)))
        question = await _timed(running, lambda _: Message(CHAT, ANN, "is n3 in this photo?"))
        command = await _timed(running, lambda _: Message(CHAT, ANN, "/help"))
        hops = [await _hops(running, stranger) for _ in range(ROUNDS)]
    bare = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        decode(stranger.data)
        bare.append(1e3 * (time.perf_counter() - start))
    overhead = statistics.median(photo) - statistics.median(bare)
    return {
        "benchmark": "overhead",
        "compares": "a 64 px photo of a stranger through the whole bot with free models, against decoding it",
        "overhead_p50_ms": round(overhead, 3),
        "goal_ms": 0.5,
        "ratio_to_goal": round(overhead / 0.5, 2),
        "photo": _figures(photo),
        "bare_decode": _figures(bare),
        "floor_of_hops": _figures(hops),
        "ratio_to_floor": round(statistics.median(photo) / statistics.median(hops), 2),
        "question": _figures(question),
        "command": _figures(command),
    }


def main() -> None:
    """Measure and print one line of JSON."""
    set_up("text", "error")
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(_measure(Path(folder)))))


if __name__ == "__main__":
    main()
