"""Where the models run: here unless it is said otherwise. What runs in a pool is in tests/core/models/ray."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import get_args

import pytest

from bot.build import pool
from bot.build.models import models_of
from bot.config import Config
from core.errors import ConfigError
from core.models.ray.options import PoolOptions
from tests.house.source import HOUSE
from tests.support.fakes import fake_models


def test_models_run_here_unless_it_is_said_otherwise() -> None:
    models = fake_models()
    assert pool.with_pool(Config(), models) is models
    assert get_args(PoolOptions.model_fields["kind"].annotation) == ("local", "ray")


def test_what_runs_its_models_itself_loads_nothing_of_ray() -> None:
    code = "import sys; import bot.build.rapport, bot.build.pool, bot.cli.cluster; sys.exit('ray' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=HOUSE)


@pytest.mark.skipif(find_spec("ray") is not None, reason="this is the environment that has Ray")
@pytest.mark.parametrize("use", [lambda config: pool.with_pool(config, fake_models()), pool.deploy, pool.check])
def test_without_ray_it_is_said_what_to_install(use: object) -> None:
    assert callable(use)
    with pytest.raises(ConfigError, match=r"needs Ray, which isn't installed: pip install '\.\[ray\]'"):
        use(Config(executor={"kind": "ray"}))


def test_the_configured_models_can_be_built_elsewhere(weights_dir: object) -> None:
    builds = pool.builds_of(Config())
    assert {pool.DETECT, pool.ENCODE} <= builds.keys()
    assert builds[pool.ENCODE]().identity == models_of(Config()).encoder_identity
