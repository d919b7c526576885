"""What the generator on this machine says where its libraries aren't installed, as in the base set."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from bot.build.models import generator_of
from bot.config import Config
from core.errors import ConfigError
from core.models.weights import hub

pytestmark = pytest.mark.skipif(find_spec("torch") is not None, reason="the [rap] extra is installed")


def test_the_missing_extra_is_a_mistake_of_the_configuration_with_its_remedy() -> None:
    with pytest.raises(ConfigError, match=r"generator\.kind.*torch.*pip install '\.\[rap\]'"):
        generator_of(Config(generator={"kind": "transformers"}))


def test_of_a_repository_only_what_is_read_is_wanted() -> None:
    names = [
        "config.json",
        "model-00001-of-00002.safetensors",
        "pytorch_model.bin",
        "model.gguf",
        ".gitattributes",
    ]
    assert hub.wanted(names) == ["config.json", "model-00001-of-00002.safetensors"]
    assert hub.wanted(["adapter_model.safetensors", "non_lora_trainables.bin"]) == [
        "adapter_model.safetensors",
        "non_lora_trainables.bin",
    ]
