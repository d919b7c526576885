"""The models that see in a pool of machines (`executor.kind = "ray"`): put there, asked, and checked.

What needs Ray is imported when it is used: a process that runs its models itself has none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.build import vision
from bot.build.models import Models, models_of
from bot.config import Config, ModelsSection
from core.counting import counted
from core.errors import ConfigError, ModelError
from core.images.decoding import Image
from core.models.ray.options import PoolOptions
from core.ports import View

if TYPE_CHECKING:
    from core.models.ray.pool import PooledModel

Builds = Mapping[str, Callable[[], Any]]
"""What builds each model on a machine of the pool, by its deployment's name."""
DETECT, ENCODE, SALIENT, FACES = (f"rapport-{work}" for work in ("detect", "encode", "salient", "faces"))


def with_pool(config: Config, models: Models) -> Models:
    """The models as the configuration wants them run: those of this process, or the pool's in their place.

    Each of the latter is asked for several batches at a time, by a worker and a queue for each. Nothing is surveyed
    there: feature maps would travel to and fro. Raises `ConfigError` where Ray isn't installed.
    """
    if config.executor.kind == "local":
        return models
    _require_ray()

    def asked(name: str, identity: str = "") -> dict[str, Callable[[], Any]]:
        slots = range(config.executor.batches)
        return {f"pool {slot}": partial(_asked, name, config.executor, identity) for slot in slots}

    return replace(
        models,
        detectors=asked(DETECT),
        encoders=asked(ENCODE, models.encoder_identity),
        saliencies=asked(SALIENT) if models.saliencies else {},
        face_finders=asked(FACES, models.faces_identity) if models.face_finders else {},
        surveys=False,
    )


def builds_of(config: Config) -> dict[str, Callable[[], Any]]:
    """What builds the configured models on a machine of the pool. Raises as `models_of`."""
    here, section = models_of(config), config.models
    chosen = {DETECT: _detector, ENCODE: _encoder}
    if here.saliencies:
        chosen[SALIENT] = _saliency
    if here.face_finders:
        chosen[FACES] = _face_finder
    return {name: partial(build, section) for name, build in chosen.items()}


def deploy(config: Config, builds: Builds | None = None) -> None:
    """Put models into the pool, those that are configured unless others are given. Blocks until they are ready there.

    Raises `ConfigError` where Ray isn't installed, `ModelError` where there is no cluster or a model can't be loaded.
    """
    _require_ray()
    from core.models.ray.deployments import Pooled, deploy  # noqa: PLC0415 - Ray

    on_gpu = config.executor.gpus > 0
    pooled = [Pooled(name, build, on_gpu=on_gpu) for name, build in (builds or builds_of(config)).items()]
    deploy(pooled, config.executor)


def check(config: Config) -> list[str]:
    """What the pool is made of, and that each model answers there, in sentences. Blocks. Raises as `deploy`."""
    _require_ray()
    from core.models.ray import deployments  # noqa: PLC0415 - Ray

    deployments.connect(config.executor.address)
    machines = deployments.machines()
    cpus, gpus = (sum(one[kind] for one in machines) for kind in (0, 1))
    told = [
        f"{counted(len(machines), 'machine')} with {counted(round(cpus), 'CPU')} and {counted(round(gpus), 'GPU')}."
    ]
    running = deployments.applications()
    image = Image(np.zeros((64, 64, 3), np.uint8))
    trials: dict[str, Callable[[PooledModel], object]] = {
        DETECT: lambda model: model.detect([image]),
        ENCODE: lambda model: model.encode([View(image, (image.box,))]),
        SALIENT: lambda model: model.salient([image]),
        FACES: lambda model: model.find([View(image, (image.box,))]),
    }
    for name, is_well in running.items():
        began = time.monotonic()
        if name in trials:
            trials[name](_asked(name, config.executor, ""))
            word = "well" if is_well else "not all well yet"
            told.append(f"{name} is {word}, and answered a photo in {1e3 * (time.monotonic() - began):.0f} ms.")
    if missing := {DETECT, ENCODE} - running.keys():
        raise ModelError(f"The pool has no {' and no '.join(sorted(missing))}: python -m bot cluster deploy")
    return told


def _asked(name: str, options: PoolOptions, identity: str) -> PooledModel:
    from core.models.ray.deployments import connect  # noqa: PLC0415 - Ray
    from core.models.ray.pool import PooledModel  # noqa: PLC0415 - Ray

    connect(options.address)
    model = PooledModel(name, options.seconds)
    if identity and model.identity != identity:
        raise ModelError(f"The pool's {name} is another than the configured one: python -m bot cluster deploy")
    return model


def _require_ray() -> None:
    if find_spec("ray") is None:
        raise ConfigError("executor.kind = \"ray\" needs Ray, which isn't installed: pip install '.[ray]'.")


# ── on a machine of the pool ──────────────────────────────────────────────────────────────────────

# Of a copy's own devices: Ray shows each process only the GPUs that it reserved.


def _there(section: ModelsSection) -> Config:
    return Config.model_construct(models=section)


def _detector(section: ModelsSection) -> Any:
    return vision.detector_of(_there(section), section.device, vision.SharedClips())


def _encoder(section: ModelsSection) -> Any:
    return vision.encoder_of(_there(section), section.device, vision.SharedClips())


def _saliency(section: ModelsSection) -> Any:
    return vision.saliency_of(_there(section))


def _face_finder(section: ModelsSection) -> Any:
    return vision.face_finder_of(_there(section))
