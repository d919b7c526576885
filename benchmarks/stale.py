"""Does an answer ever name what was forgotten? `python -m benchmarks.stale [PAIRS]`, 10,000 pairs by default.

Each pair asks about a photo of bo and forgets bo at the same time, at a different moment each time;
an answer that is finished after the forgetting was acknowledged and names bo is stale. Then bo is
brought back. Beside it, in the same run: how many answers finished before and still named bo.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.overhead import ANN, CHAT, NoDetector, NoEncoder, small_photo
from bot.build.models import Models
from bot.build.rapport import Rapport
from bot.config import Config
from bot.logs import set_up
from bot.running.rapport import rapport
from core.language.composer import Composer
from core.messages import Message, Photo, Reply
from core.recognition.calibration import Calibration


async def _say(running: Rapport, text: str, *photos: Photo) -> tuple[Reply, float]:
    """The final reply and the moment it came."""
    replies = [reply async for reply in running.assistant.answer(Message(CHAT, ANN, text, photos))]
    return replies[-1], time.perf_counter()


async def _pair(running: Rapport, bo: Photo, wait: float) -> tuple[bool, bool, float]:
    """Whether the answer named bo, whether it came after the forgetting, and the forgetting's seconds."""

    async def ask() -> tuple[Reply, float]:
        await asyncio.sleep(wait)
        return await _say(running, "", bo)

    asking = asyncio.create_task(ask())
    began = time.perf_counter()
    _, forgotten_at = await _say(running, "/forget bo")
    answer, answered_at = await asking
    named = any(seen.match for seen in answer.sightings) or "bo" in answer.text.split()
    await _say(running, "/undo")
    return named, answered_at > forgotten_at, forgotten_at - began


async def _measure(folder: Path, pairs: int) -> dict[str, object]:
    config = Config(store={"url": f"sqlite+aiosqlite:///{folder / 'bench.db'}"})
    models = Models({"cpu": NoDetector}, {"cpu": NoEncoder}, "none", Calibration(-12, 20, 0, 0.95, 0.4), Composer())
    bo, moments = small_photo(100), random.Random(0)  # noqa: S311 - repeatable, no secret
    async with rapport(config, models) as running:
        await _say(running, "/remember bo", bo)
        outcomes = [await _pair(running, bo, moments.uniform(0, 0.02)) for _ in range(pairs)]
    late = [named for named, after, _ in outcomes if after]
    forgetting = [1e3 * seconds for *_, seconds in outcomes]
    return {
        "benchmark": "stale",
        "compares": "answers finished after a forgetting was acknowledged, against those finished before",
        "pairs": pairs,
        "stale": sum(late),
        "goal": 0,
        "answers_after": len(late),
        "answers_before": len(outcomes) - len(late),
        "named_before": sum(named for named, after, _ in outcomes if not after),
        "ratio_stale": sum(late) / max(1, len(late)),
        "forget_to_effect_p50_ms": round(float(np.percentile(forgetting, 50)), 2),
        "forget_to_effect_p99_ms": round(float(np.percentile(forgetting, 99)), 2),
    }


def main() -> None:
    """Measure and print one line of JSON."""
    set_up("text", "error")
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(_measure(Path(folder), pairs))))


if __name__ == "__main__":
    main()
