"""Where models run: the host's choices, without Ray."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.options import Section


class PoolOptions(Section):
    """`[executor]`: where the models that see run."""

    kind: Literal["local", "ray"] = Field(
        "local",
        description='"local": in this process; "ray": in a pool of machines (pip install ".[ray]").',
    )
    address: str = Field("auto", description="ray: the cluster's address; auto: the one that this machine is part of.")
    batches: int = Field(2, ge=1, description="ray: batches of each model that this process has in the pool at a time.")
    replicas: int = Field(1, ge=1, description="ray: copies of each model, at least.")
    most_replicas: int = Field(4, ge=1, description="ray: copies of each model while much is to be done.")
    cpus: float = Field(1, gt=0, description="ray: CPUs that a copy reserves.")
    gpus: float = Field(0, ge=0, description="ray: the share of a GPU that a copy on torch reserves, as 0.25.")
    seconds: float = Field(
        50,
        gt=0,
        description="ray: how long a batch may take; a copy that is silent for a third of it is given up for another.",
    )
    health_seconds: float = Field(5, gt=0, description="ray: how often a copy is asked whether it is well.")
