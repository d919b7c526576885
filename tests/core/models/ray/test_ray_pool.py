"""The models in a pool: a Ray cluster of several nodes, which are processes of this machine."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bot.build import pool
from bot.build.rapport import Rapport
from bot.config import Config
from bot.running.rapport import rapport
from core.concepts import Region
from core.errors import ModelError
from core.images.decoding import Image
from core.messages import Chat, Message, Sender
from core.models.ray.options import PoolOptions
from core.ports import Categories
from tests.house.source import HOUSE
from tests.support.fakes import BlockDetector, ColourEncoder, blocks, fake_models

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

pytestmark = [pytest.mark.ray, pytest.mark.filterwarnings("ignore")]  # Ray's own, of which there are many
ANN = Sender("ann", "Ann")
CHATS = tuple(Chat("test", f"chat {number}") for number in range(6))


class Fussy(BlockDetector):
    """Fails of very small photos."""

    def detect(self, images: Sequence[Image], categories: Sequence[Categories] = (), /) -> list[list[Region]]:
        if any(image.width < 40 for image in images):
            raise ModelError("too small for me")
        return super().detect(images, categories)


ON_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # as Ray does on those systems
SMALL: dict[str, Any] = {"object_store_memory": 80 << 20}
BUILDS: dict[str, Any] = {pool.DETECT: Fussy, pool.ENCODE: ColourEncoder}


def add_node(cluster: Cluster) -> None:
    """Another machine, as far as Ray can tell, with room for one copy of each model."""
    cluster.add_node(num_cpus=2, **SMALL)
    cluster.wait_for_nodes()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A head that has room for no model, and two nodes with room for one of each."""
    os.environ |= {"PYTHONPATH": str(HOUSE), "RAY_USAGE_STATS_ENABLED": "0", **ON_LOOPBACK}
    import ray  # noqa: PLC0415 - only where these tests run
    from ray.cluster_utils import Cluster  # noqa: PLC0415

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **SMALL})
    for _ in range(2):
        add_node(cluster)
    pool.deploy(configured(cluster), BUILDS)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def configured(cluster: Cluster, folder: Path = Path(), **executor: object) -> Config:
    options = {"kind": "ray", "address": cluster.address, "replicas": 2, "most_replicas": 2, "health_seconds": 1}
    return Config(store={"url": f"sqlite+aiosqlite:///{folder / 'pool.db'}"}, executor=options | executor)


@asynccontextmanager
async def bot(cluster: Cluster, folder: Path, **executor: object) -> AsyncIterator[Rapport]:
    async with rapport(configured(cluster, folder, **executor), fake_models()) as running:
        yield running


async def say(running: Rapport, chat: Chat, text: str, *colours: str) -> str:
    photos = (blocks(*colours),) if colours else ()
    return [one async for one in running.assistant.answer(Message(chat, ANN, text, photos))][-1].text


def test_each_machine_has_a_copy_of_each_model(cluster: Cluster) -> None:
    from ray._private.state import actors  # noqa: PLC0415 - only where Ray is

    alive = [one for one in actors().values() if one["State"] == "ALIVE" and "ServeReplica" in one["ActorClassName"]]
    placed = Counter((one["Address"]["NodeID"], one["ActorClassName"]) for one in alive)
    assert len(placed) == len(cluster.worker_nodes) * len(BUILDS)
    assert set(placed.values()) == {1}


@pytest.mark.parametrize(
    ("machines", "on_gpu", "share"),
    [
        ([(0, 0), (8, 0), (8, 0)], False, 2),
        ([(32, 0), (2, 0), (2, 0), (2, 0)], False, 1),
        ([(32, 0), (1, 0)], False, 4),  # with an even share there would be three
        ([(8, 0), (8, 0), (8, 1)], True, 4),
        ([], False, 4),
    ],
)
def test_a_machine_has_an_even_share_of_copies_as_far_as_that_costs_none(
    machines: list[tuple[float, float]], on_gpu: bool, share: int
) -> None:
    from core.models.ray.deployments import share_of_one  # noqa: PLC0415 - it needs Ray

    options = PoolOptions(kind="ray", most_replicas=4, gpus=0.25)
    assert share_of_one(machines, options, on_gpu=on_gpu) == share


async def test_photos_are_recognised_by_the_pool_as_by_models_of_ones_own(cluster: Cluster, tmp_path: Path) -> None:
    async with bot(cluster, tmp_path) as running:
        await say(running, CHATS[0], "/remember bo", "red")
        assert "That's bo" in await say(running, CHATS[0], "", "red")
        assert "bo" not in await say(running, CHATS[0], "", "blue")
        lanes = {lane.name: lane.answered for lane in running.executor.stats()}
    assert {"detect on pool 0", "detect on pool 1", "encode on pool 0"} <= set(lanes)
    assert sum(count for name, count in lanes.items() if name.startswith("detect")) == 3


def test_what_one_photo_makes_a_model_fail_of_is_that_photos_alone(cluster: Cluster) -> None:
    detector = pool.with_pool(configured(cluster), fake_models()).detectors["pool 0"]()
    small, good = Image(np.zeros((8, 8, 3), np.uint8)), Image(np.zeros((160, 160, 3), np.uint8))
    with pytest.raises(ModelError, match="too small for me"):
        detector.detect([small])
    assert detector.detect([good]) == [[]]


async def test_a_machine_that_dies_in_the_middle_loses_no_message(cluster: Cluster, tmp_path: Path) -> None:
    async with bot(cluster, tmp_path) as running:
        for chat in CHATS:
            await say(running, chat, "/remember bo", "red")
        answered = list[str]()
        some_answered = asyncio.Event()

        async def send(chat: Chat) -> None:
            for _ in range(10):
                answered.append(await say(running, chat, "", "red"))
                if len(answered) >= 12:
                    some_answered.set()

        async with asyncio.TaskGroup() as group:
            for chat in CHATS:
                group.create_task(send(chat))
            await some_answered.wait()
            dying = cluster.worker_nodes.copy().pop()
            await asyncio.to_thread(cluster.remove_node, dying, allow_graceful=False)
        # Every one was looked at by a model: none was refused, given up, or answered without.
        assert len(answered) == 60
        assert all("That's bo" in text for text in answered)
        assert sum(lane.failed + lane.refused + lane.hung for lane in running.executor.stats()) == 0
        add_node(cluster)


def test_the_pool_is_checked_in_sentences(cluster: Cluster) -> None:
    told = pool.check(configured(cluster))
    assert told[0] == "3 machines with 4 CPUs and 0 GPUs."
    assert {line.partition(" ")[0] for line in told[1:]} == {pool.DETECT, pool.ENCODE}
    assert all("answered a photo in" in line for line in told[1:])


def test_a_pool_with_another_encoder_is_told_plainly(cluster: Cluster) -> None:
    mine = pool.with_pool(configured(cluster), fake_models())
    other = pool.with_pool(configured(cluster), replace(fake_models(), encoder_identity="another"))
    mine.encoders["pool 0"]()
    with pytest.raises(ModelError, match="is another than the configured one: python -m bot cluster deploy"):
        other.encoders["pool 0"]()


def test_a_model_that_is_not_in_the_pool_is_told_with_what_to_do(cluster: Cluster) -> None:
    models = fake_models(faces=True)
    with pytest.raises(ModelError, match="The pool has no rapport-faces: python -m bot cluster deploy"):
        pool.with_pool(configured(cluster), models).face_finders["pool 0"]()
