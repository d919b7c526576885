"""What a build is made of: its sources, and the options of its steps, from a TOML file and the command line."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from bot.data.augmenting import AugmentOptions, BackgroundOptions
from bot.data.conversing import ConversationOptions
from bot.data.crops.gates import CropOptions
from bot.data.negatives import MixOptions
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
    conversations: ConversationOptions = ConversationOptions()
    mix: MixOptions = MixOptions()


def read_plan(file: Path | None) -> BuildPlan:
    """The plan in a TOML file, or the default one. Raises `ConfigError` that names the wrong key."""
    if file is None:
        return BuildPlan()
    try:
        return BuildPlan.model_validate(tomllib.loads(file.read_text("utf-8")))
    except OSError as error:
        raise ConfigError(f"There is no plan at {file}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is no TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{file}, {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
