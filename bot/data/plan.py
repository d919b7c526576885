"""What a build is made of: its sources, and the options of its steps, from a TOML file and the command line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.data.augmenting import AugmentOptions, BackgroundOptions
from bot.data.conversing import ConversationOptions
from bot.data.crops.gates import CropOptions
from bot.data.instructions import InstructionOptions
from bot.data.negatives import MixOptions
from bot.data.output.delivering import OutputOptions
from bot.data.pictures.together import TogetherOptions
from bot.data.samples import Value
from bot.data.sources.gathering import Sampling
from bot.data.teacher.options import TeacherOptions
from core.errors import ConfigError


class BuildPlan(Value):
    """The options of a build; each step's are a section of the file."""

    sampling: Sampling = Sampling()
    crops: CropOptions = CropOptions()
    teacher: TeacherOptions = TeacherOptions()
    augmentation: AugmentOptions = AugmentOptions()
    backgrounds: BackgroundOptions = BackgroundOptions()
    together: TogetherOptions = TogetherOptions()
    conversations: ConversationOptions = ConversationOptions()
    instructions: InstructionOptions = InstructionOptions()
    mix: MixOptions = MixOptions()
    output: OutputOptions = OutputOptions()


def read_plan(file: Path | None, flags: Mapping[str, Mapping[str, Any]] | None = None) -> BuildPlan:
    """The plan in a TOML file, or the default one, with `flags` by section: those that are None don't count.

    Raises `ConfigError` that names the wrong key.
    """
    try:
        told = tomllib.loads(file.read_text("utf-8-sig")) if file else {}
        for section, keys in (flags or {}).items():
            given = {key: value for key, value in keys.items() if value is not None}
            told[section] = {**told.get(section, {}), **given}
        return BuildPlan.model_validate(told)
    except OSError as error:
        raise ConfigError(f"There is no plan at {file}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is no TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        section, key, *_ = (*map(str, first["loc"]), "", "")
        by_flag = (flags or {}).get(section, {}).get(key) is not None
        where = "On the command line, " if by_flag else f"{file}, " if file else ""
        why = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{where}{'.'.join(map(str, first['loc']))}: {why}.") from error
