"""A pool of machines on this one: `python -m benchmarks.photo.pool [DIR]` prints one JSON line.

Needs Ray (`make .venv-ray/.ray`). A local Ray cluster of a head and one node, then two, each with room for one copy of
each of the configured models; chats show photos without a pause. `alone` is the same bot with its models in itself, in
the same run. Then a node is killed: how long answers took that came before, that were under way then, and to photos
shown within ten seconds after and later. With as many cores as nodes or fewer a second node can't bring more photos a
second: what it shows is the pool's cost.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.photo.__main__ import SIDE
from benchmarks.photo.arguments import arguments
from bot.build import pool
from bot.config import Config, load
from bot.evaluation.data import readers
from bot.evaluation.harness.recognition import open_image
from bot.logs import set_up
from bot.running.rapport import rapport
from core.assistant.assistant import Assistant
from core.images.decoding import encode_jpeg, shrink
from core.messages import Chat, Message, Photo, Sender

if TYPE_CHECKING:
    from ray._private.node import Node
    from ray.cluster_utils import Cluster

CHATS, SETTLING = 4, 4.0
NODE: dict[str, Any] = {"object_store_memory": 200 << 20}
AFTER = 10.0  # seconds after the death of a node that are told apart


async def show(assistant: Assistant, photos: Sequence[bytes], seconds: float) -> list[tuple[float, float, str]]:
    """When each answer came, how long it took and what it was, of chats that show photos for so many seconds."""
    answers, until = list[tuple[float, float, str]](), time.monotonic() + seconds

    async def chat(number: int) -> None:
        where, turn = Chat("bench", f"chat {number}", private=True), number
        while (began := time.monotonic()) < until:
            message = Message(where, Sender("ann"), "", (Photo(photos[turn % len(photos)]),))
            told = [one async for one in assistant.answer(message)][-1].text
            answers.append((time.monotonic(), time.monotonic() - began, told))
            turn += 1

    await asyncio.gather(*map(chat, range(CHATS)))
    return answers


def told_of(answers: Sequence[tuple[float, float, str]], seconds: float) -> dict[str, float]:
    """Photos a second, and how long answers took."""
    taken = [one for _, one, _ in answers]
    p50, p99 = np.percentile(taken, [50, 99])
    return {"photos_s": round(len(taken) / seconds, 2), "p50_s": round(float(p50), 2), "p99_s": round(float(p99), 2)}


async def measured(config: Config, photos: Sequence[bytes], seconds: float) -> dict[str, float]:
    """The figures of a bot with that configuration, once it is warm."""
    async with rapport(config) as running:
        await asyncio.sleep(SETTLING)
        await show(running.assistant, photos, 2.0)
        return told_of(await show(running.assistant, photos, seconds), seconds)


async def killed(config: Config, photos: Sequence[bytes], seconds: float, cluster: Cluster) -> dict[str, Any]:
    """What the death of a node costs: answers by when they came, and those that were no answer."""
    async with rapport(config) as running:
        await asyncio.sleep(SETTLING)
        await show(running.assistant, photos, 2.0)
        showing = asyncio.create_task(show(running.assistant, photos, 3 * seconds))
        await asyncio.sleep(seconds)
        died = time.monotonic()
        await asyncio.to_thread(cluster.remove_node, other_node(cluster), allow_graceful=False)
        answers = await showing
        failed = sum(lane.failed + lane.refused + lane.hung for lane in running.executor.stats())
    parts = {
        "before": [one for one in answers if one[0] < died],
        "at_its_death": [one for one in answers if asked_at(one) < died <= one[0]],
        f"within_{AFTER:.0f}_s": [one for one in answers if died <= asked_at(one) < died + AFTER],
        "later": [one for one in answers if asked_at(one) >= died + AFTER],
    }
    longest = {f"p99_s_{name}": told_of(some, 1.0)["p99_s"] for name, some in parts.items() if some}
    return {"answers": len(answers), "failed": failed, **longest}


def other_node(cluster: Cluster) -> Node:
    """A node that isn't the bot's: on that one the bot would die, too."""
    import ray  # noqa: PLC0415 - only where Ray is

    own = ray.get_runtime_context().get_node_id()
    return next(node for node in cluster.worker_nodes if node.node_id != own)


def asked_at(answer: tuple[float, float, str]) -> float:
    """When the photo was shown."""
    came, taken, _ = answer
    return came - taken


async def measure(folder: Path, seconds: float, scratch: Path) -> dict[str, Any]:
    """All figures."""
    paths = [path for one in readers.read(folder).subjects[:10] for path in one.photos[:2]]
    photos = [encode_jpeg(shrink(open_image(path), SIDE)[0]) for path in paths]
    usual = load(store={"url": f"sqlite+aiosqlite:///{scratch / 'pool.db'}"}, models={"threads": 1})
    figures: dict[str, Any] = {"alone": await measured(usual, photos, seconds)}
    os.environ |= {"PYTHONPATH": str(Path.cwd()), "RAY_USAGE_STATS_ENABLED": "0"}
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # on loopback, as Ray does on those systems
    import ray  # noqa: PLC0415 - only where Ray is, and after the environment is set
    from ray.cluster_utils import Cluster  # noqa: PLC0415

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **NODE})
    try:
        for nodes in (1, 2):
            cluster.add_node(num_cpus=4, **NODE)
            cluster.wait_for_nodes()
            chosen = {"kind": "ray", "address": cluster.address, "replicas": nodes, "most_replicas": nodes}
            config = usual.model_copy(update={"executor": usual.executor.model_copy(update=chosen)})
            await asyncio.to_thread(pool.deploy, config)
            figures[f"nodes_{nodes}"] = await measured(config, photos, seconds)
        figures["a_node_dies"] = await killed(config, photos, seconds, cluster)
    finally:
        ray.shutdown()
        cluster.shutdown()
    return figures


def main() -> None:
    """Measure and print one line of JSON."""
    set_up("text", "error")
    wanted = arguments(__doc__)
    wanted.add_argument("--seconds", type=float, default=20)
    chosen = wanted.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        figures = asyncio.run(measure(chosen.folder, chosen.seconds, Path(scratch)))
    print(json.dumps({"benchmark": "pool", **figures}))


if __name__ == "__main__":
    main()
