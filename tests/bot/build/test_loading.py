import threading

import pytest

from bot.build.loading import OnFirstUse
from bot.running.rapport import load_vision_models
from core.errors import ConfigError, ModelError


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_model_is_built_once_and_when_it_is_needed() -> None:
    built: list[str] = []

    def build() -> str:
        built.append("again")
        return "a model"

    model = OnFirstUse(build, name="toy")
    assert (model.state, built) == ("not loaded", [])
    assert model.get() == model.get() == "a model"
    assert (model.state, built) == ("ready", ["again"])


def test_a_model_that_nobody_used_for_so_long_is_let_go_and_comes_back() -> None:
    clock = Clock()
    built: list[object] = []

    def build() -> object:
        built.append(object())
        return built[-1]

    model = OnFirstUse(build, clock=clock)
    assert not model.let_go(60)
    first = model.get()
    clock.now = 59
    assert not model.let_go(60)
    assert model.get() is first
    clock.now = 118
    assert not model.let_go(60)  # it was used at 59
    clock.now = 119
    assert model.let_go(60)
    assert model.state == "not loaded"
    assert model.get() is not first


def test_a_model_that_is_just_being_loaded_is_not_let_go() -> None:
    loading, go_on = threading.Event(), threading.Event()

    def build() -> str:
        loading.set()
        go_on.wait(30)
        return "a model"

    model = OnFirstUse(build)
    thread = threading.Thread(target=model.get)
    thread.start()
    loading.wait(30)
    assert model.state == "loading"
    assert not model.let_go(0)
    go_on.set()
    thread.join()
    assert model.state == "ready"


def test_a_mistake_in_the_configuration_is_a_sentence_for_the_chat_that_meets_it() -> None:
    def fail() -> str:
        raise ConfigError("There is no device 'warp'.")

    with pytest.raises(ModelError, match="no device 'warp'"):
        OnFirstUse(fail).get()


async def test_a_model_that_cannot_be_loaded_keeps_nobody_from_the_others() -> None:
    def fail() -> str:
        raise ModelError("it isn't here")

    broken, good = OnFirstUse(fail), OnFirstUse(lambda: "a model")
    with pytest.raises(ModelError, match="isn't here"):  # and is tried again by whoever supervises it
        await load_vision_models([broken, good])
    assert (broken.state, good.state) == ("failed", "ready")
    with pytest.raises(ModelError, match="isn't here"):
        broken.get()
