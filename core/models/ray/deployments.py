"""What runs in the pool: a deployment for each kind of model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Any

import ray
from ray import serve
from ray.serve.config import AutoscalingConfig
from ray.serve.schema import ApplicationStatus

from core.errors import ModelError
from core.models.ray.options import PoolOptions

NAMESPACE = "rapport"
_STARTING = 600.0  # seconds that replicas may take to load their models


@dataclass(frozen=True, slots=True)
class Pooled:
    """A model for the pool: what builds it, on a machine of the pool, and whether it wants a share of a GPU."""

    name: str
    build: Callable[[], Any]
    on_gpu: bool = False


class ModelReplica:
    """One copy of a model in a process of its own. Public methods are called by Serve."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._model, self._failure = build(), ""

    def ask(self, method: str, *arguments: Sequence[Any]) -> list[Any]:
        """The results of one batch. Raises what the model raises."""
        try:
            found: list[Any] = getattr(self._model, method)(*arguments)
        except ModelError:  # about what it was given
            raise
        except Exception as error:
            self._failure = type(error).__name__
            raise
        self._failure = ""
        return found

    def facts(self) -> tuple[str, int]:
        """The model's identity, and an encoder's dimension (0 of others)."""
        return self._model.identity, getattr(self._model, "dimension", 0)

    def check_health(self) -> None:
        """Raise when its last run failed of what isn't about the photo; Serve then puts another in its place."""
        if self._failure:
            raise RuntimeError(f"the last run ended with {self._failure}")


def connect(address: str) -> None:
    """Join the cluster, once a process. Blocks. Raises `ModelError` when there is none at the address."""
    if ray.is_initialized():
        return
    try:
        ray.init(address=address, namespace=NAMESPACE, log_to_driver=False, configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        why = f"There is no Ray cluster at executor.address = {address!r} ({type(error).__name__})."
        raise ModelError(f"{why} Start one: ray start --head --disable-usage-stats") from error


def deploy(models: Sequence[Pooled], options: PoolOptions) -> None:
    """Put the models into the pool, in place of what was there under their names, and wait until they are ready.

    Blocks. Raises `ModelError` when one of them can't be loaded there.
    """
    connect(options.address)
    serve.start(proxy_location="Disabled")
    there = machines()
    for one in models:
        application = serve.deployment(ModelReplica).options(
            name=one.name,
            max_ongoing_requests=2,  # one at work, one at hand
            ray_actor_options={"num_cpus": options.cpus, "num_gpus": options.gpus if one.on_gpu else 0},
            autoscaling_config=AutoscalingConfig(
                min_replicas=options.replicas, max_replicas=options.most_replicas, target_ongoing_requests=1
            ),
            # All copies of a model may be on one machine else, and there may be no room elsewhere when that dies.
            max_replicas_per_node=share_of_one(there, options, on_gpu=one.on_gpu),
            health_check_period_s=options.health_seconds,
            health_check_timeout_s=3 * options.health_seconds,
            graceful_shutdown_timeout_s=10,
        )
        try:
            serve.run(application.bind(one.build), name=one.name, route_prefix=None)
        except RuntimeError as error:
            raise ModelError(f"The pool can't load {one.name}: {error}") from error


def share_of_one(machines: Sequence[tuple[float, float]], options: PoolOptions, *, on_gpu: bool) -> int:
    """How many copies of a model one of the machines may have, each with so many CPUs and GPUs.

    An even share, unless fewer copies would then find room than without: machines may be unequal.
    """
    gpus = options.gpus if on_gpu else 0.0
    rooms = [int(min(cpu // options.cpus, gpu // gpus if gpus else inf)) for cpu, gpu in machines]
    most, share = options.most_replicas, ceil(options.most_replicas / max(1, sum(room > 0 for room in rooms)))
    return share if sum(min(room, share) for room in rooms) >= min(most, sum(rooms)) else most


def applications() -> Mapping[str, bool]:
    """What is deployed, and whether it is well. Blocks; after `connect`. Empty where nothing is."""
    return {name: one.status is ApplicationStatus.RUNNING for name, one in serve.status().applications.items()}


def machines() -> list[tuple[float, float]]:
    """CPUs and GPUs of each machine of the cluster that is alive. Blocks; after `connect`."""
    alive = [one["Resources"] for one in ray.nodes() if one["Alive"]]
    return [(one.get("CPU", 0.0), one.get("GPU", 0.0)) for one in alive]
