"""Profiles: the paper's numbers, what is put in their place, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.train.profiles import PROFILES, WHILE_RUNNING, Profile, profile_of
from core.errors import ConfigError


def test_the_papers_numbers() -> None:
    rap = PROFILES["rap"]
    assert (rap.lora_rank, rap.lora_alpha, rap.lora_dropout, rap.learning_rate, rap.projector_learning_rate) == (
        128,
        256,
        0.05,
        1e-4,
        2e-5,
    )
    assert (rap.epochs, rap.batch_size, rap.lr_scheduler, rap.warmup_ratio, rap.precision) == (
        1,
        64,
        "cosine",
        0.03,
        "bf16",
    )
    assert (rap.max_length, rap.weight_decay, rap.quantize) == (2048, 0, "none")
    assert (PROFILES["small"].lora_rank, PROFILES["small"].quantize) == (16, "4bit")


def test_a_file_and_then_flags_take_the_place_of_numbers(tmp_path: Path) -> None:
    file = tmp_path / "numbers.toml"
    file.write_text("lora_rank = 32\nlearning_rate = 5e-5\n")
    assert profile_of("rap", file, {"learning_rate": 1e-3}) == PROFILES["rap"].model_copy(
        update={"lora_rank": 32, "learning_rate": 1e-3}
    )


@pytest.mark.parametrize(
    ("name", "written", "given", "said"),
    [
        ("rab", "", {}, "no profile rab; there are rap, small, .* Did you mean rap?"),
        ("rap", "lora_rnak = 3", {}, "lora_rnak of the profile: .* Did you mean lora_rank?"),
        ("rap", "lora_rank = -1", {}, "lora_rank of the profile"),
        ("rap", "", {"save_total_limit": 1}, "save_total_limit of the profile"),
        ("rap", "lora_rank =", {}, "can't be read as TOML"),
    ],
)
def test_a_wrong_number_is_named(tmp_path: Path, name: str, written: str, given: dict[str, object], said: str) -> None:
    file = tmp_path / "numbers.toml"
    file.write_text(written)
    with pytest.raises(ConfigError, match=said.replace("?", r"\?")):
        profile_of(name, file, given)


def test_what_may_change_while_running_is_no_number_of_the_learning() -> None:
    assert Profile.model_fields.keys() > WHILE_RUNNING
    assert not WHILE_RUNNING & {"batch_size", "learning_rate", "lora_rank", "seed", "max_length", "prompt"}
