"""The configuration: config.toml < secrets as files < environment (`RAPPORT_WEB__PORT`) < flags.

An unknown key is an error. A secret's file has the setting's name (`telegram.token`) and holds its value.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from adapters.discord.options import DiscordOptions
from adapters.status.options import StatusOptions
from adapters.telegram.options import TelegramOptions
from adapters.web.options import WebOptions
from core.errors import ConfigError
from core.models.options import GeneratorOptions
from core.models.ray.options import PoolOptions
from core.models.weights.presets import PRESETS, PresetName
from core.options import ChatOptions, MessageLimits, Section, closest
from core.policy.access import Access
from core.policy.quotas import QuotaOptions

FILE = Path("config.toml")
"""The configuration where none is named, in the working folder."""
_SHORTEST_SECRET = 6  # characters; what is shorter would be found in every other word
_SECRET_PARAMETER = re.compile(r"[?&][^=&]*(?:pass|key|token|secret)[^=&]*=([^&]+)")
LEAST_RESERVE = 8  # megabytes: more than the database's log, which forgetting writes first
_SECRETS = "/run/secrets"  # where container engines put them; systemd says where
HomePath = Annotated[Path, AfterValidator(Path.expanduser)]
HomeUrl = Annotated[str, AfterValidator(lambda url: url.replace("///~", f"///{Path.home()}"))]


def _enough_or_none(megabytes: int) -> int:
    if 0 < megabytes < LEAST_RESERVE:
        raise ValueError(f"0 holds nothing, and less than {LEAST_RESERVE} is too little to forget in")
    return megabytes


class StoreSection(Section):
    """`[store]`: where memories are kept."""

    url: HomeUrl = Field(
        "sqlite+aiosqlite:///~/.local/share/rapport/rapport.db",
        description="Where memories are kept: an SQLite file, or postgresql+asyncpg://user@host/database.",
    )
    reserve_megabytes: Annotated[int, AfterValidator(_enough_or_none)] = Field(
        16,
        ge=0,
        description="Room of an SQLite file's disk that is held so that forgetting works when it is full; 0 for none.",
    )


class KeysSection(Section):
    """`[keys]`: what is stored is encrypted with them (docs/privacy.md)."""

    encrypt: bool = Field(True, description="Whether what is stored is encrypted, and forgotten with its keys.")
    host_file: str = Field(
        "~/.config/rapport/host.key",
        description='The host key, which opens all others; made at the first start; "keyring" is the system\'s.',
    )
    host_key: SecretStr = Field(
        SecretStr(""), description="The host key itself, 64 hexadecimal digits, in place of a file."
    )
    folder: str = Field(
        "",
        description="Where the other keys are; empty: beside an SQLite file, for a server's store in ~/.local/share. "
        "Bots that share a store share this folder.",
    )


class ModelsSection(Section):
    """`[models]`: what sees."""

    cache: HomePath = Field(Path("~/.cache/rapport/models"), description="Where fetched weights are kept.")
    preset: PresetName = Field(
        "lite",
        description='"lite" (small, from the package index), "standard" (a hub, no torch) or "rap" (the '
        "paper's, torch). It decides what is empty below, and the generator.",
    )
    detector: str = Field("", description="A name of `python -m bot models list`, or family:file; see docs/models.md.")
    encoder: str = Field("", description='The same; "2 * a + b" fuses two with weights.')
    fit: str = Field(
        "",
        description="A file of `python -m benchmarks.fit_mobilenet --configured`: regions are compared part by part "
        "with it, as by lite's encoder; empty: each as one crop, as the paper does.",
    )
    saliency: str = Field(
        "", description='What tells a photo\'s subject from the rest, where it can be fetched; "none" does without.'
    )
    faces: bool = Field(
        True, description="Whether chats may have people known by their faces; false erases what is kept of faces."
    )
    words: str = Field("clip-vit-b-32", description="The CLIP that YOLO-World on torch takes words from.")
    confidence: float = Field(0, ge=0, lt=1, description="What the detector has to reach; 0 is its own.")
    image_size: int = Field(640, ge=32, multiple_of=32, description="Pixels that YOLO on torch looks at.")
    device: str = Field("auto", description='torch: "cuda", "cuda:1", "mps", "cpu" or "auto".')
    detector_device: str = Field("", description='The detector\'s own device; "cuda:0, cuda:1" runs one on each.')
    encoder_device: str = Field("", description="The encoder's own, likewise.")
    batch: int = Field(8, ge=1, description="Photos that a model looks at together, at most.")
    keep_alive: float = Field(0, ge=0, description="Minutes without a photo until models go; 0: they stay.")
    threads: int = Field(0, ge=0, description="CPU threads for each model; 0: half of the cores (torch: all).")


class LogSection(Section):
    """`[log]`: never a photo, a token or a message's text."""

    format: Literal["text", "json"] = Field("text", description='"text" for people, "json" for machines.')
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much to say.")


class Config(BaseSettings):
    """Everything that can be set. Each key stands in `config.example.toml` with its default."""

    model_config = SettingsConfigDict(
        env_prefix="RAPPORT_", env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=True
    )

    store: StoreSection = StoreSection()
    keys: KeysSection = KeysSection()
    models: ModelsSection = ModelsSection()
    executor: PoolOptions = PoolOptions()
    generator: GeneratorOptions = GeneratorOptions()
    web: WebOptions = WebOptions()
    status: StatusOptions = StatusOptions()
    telegram: TelegramOptions = TelegramOptions()
    chat: ChatOptions = ChatOptions()
    limits: MessageLimits = MessageLimits()
    access: Access = Access()
    quotas: QuotaOptions = QuotaOptions()
    discord: DiscordOptions = DiscordOptions()
    log: LogSection = LogSection()

    def secrets(self) -> tuple[str, ...]:
        """Every token, key and password in it: what must be shown nowhere."""
        sections = (getattr(self, name) for name in type(self).model_fields)
        values = [value for section in sections for _, value in section]
        kept = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        for address in (self.store.url, *self.generator.base_urls):
            login = address.partition("://")[2].rpartition("@")[0]
            kept += [login.partition(":")[2], *_SECRET_PARAMETER.findall(address)]
        return tuple(one for one in {*kept, *map(unquote, kept)} if len(one) >= _SHORTEST_SECRET)

    @model_validator(mode="before")
    @classmethod
    def _filled_by_the_preset(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Put the preset's names where the configuration says nothing."""
        models, generator = given.get("models", {}), given.get("generator", {})
        if not (isinstance(models, dict) and isinstance(generator, dict)):
            return given
        preset = PRESETS.get(str(models.get("preset", "lite")), PRESETS["lite"])  # a wrong one is told later
        kind = generator.get("kind") or preset.generator
        model = preset.generator_model if kind == preset.generator else PRESETS["lite"].generator_model
        return {
            **given,
            "models": {
                **models,
                "detector": models.get("detector") or preset.detector,
                "encoder": models.get("encoder") or preset.encoder,
                "saliency": models.get("saliency") or preset.saliency,
            },
            "generator": {**generator, "kind": kind, "model": generator.get("model") or model},
        }

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags first, then the environment, systemd's credentials or a container's secrets, and the file last."""
        secrets = NestedSecretsSettingsSource(
            file_secret_settings,
            secrets_dir=os.environ.get("CREDENTIALS_DIRECTORY", _SECRETS),
            secrets_dir_missing="ok",
            secrets_prefix="",
            secrets_nested_delimiter=".",
        )
        return init_settings, env_settings, secrets, TomlConfigSettingsSource(settings_cls)


def load(path: Path | None = None, **flags: dict[str, Any]) -> Config:
    """Read the configuration; `flags` are sections with the keys given on the command line.

    Without a path `config.toml` of the working folder is read if it is there.
    Raises `ConfigError` that names the key at fault.
    """
    if path is not None and not path.is_file():
        raise ConfigError(f"There is no configuration file {path}.")
    file = path or FILE
    prefix = str(Config.model_config["env_prefix"])
    for variable in os.environ:  # pydantic-settings looks only for variables of sections that there are
        section = variable.removeprefix(prefix).partition("__")[0].lower()
        if variable.startswith(prefix) and section not in Config.model_fields:
            near = _meant(variable.removeprefix(prefix).lower().replace("__", "."))
            asked = f" Did you mean {prefix}{near.upper().replace('.', '__')}?" if near else ""
            raise ConfigError(f"{variable} in the environment is no setting: there is no section {section}.{asked}")
    reader = type("Config", (Config,), {"model_config": {**Config.model_config, "toml_file": file}})
    try:
        config: Config = reader(**flags)
    except ValidationError as error:
        raise ConfigError(_sentence(error, file)) from error
    except SettingsError as error:
        raise ConfigError(f"A variable of the environment can't be read: {error}.") from error
    except ValueError as error:  # tomllib's, and bytes that are no UTF-8
        raise ConfigError(f"{file} can't be read: {error}") from error
    except OSError as error:
        raise ConfigError(f"{error.filename} can't be read: {error.strerror}.") from error
    return config


def _sentence(error: ValidationError, file: Path) -> str:
    faults = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            near = _meant(key)
            faults.append(f"{key} is not a setting ({f'did you mean {near}?' if near else 'see config.example.toml'})")
        elif fault["type"] == "model_type":
            faults.append(f"{key} is a section: write [{key}], and its keys below")
        else:
            faults.append(f"{key}: {fault['msg'].lower()}")
    return f"The configuration ({file}, environment or flags) has a mistake: {'; '.join(faults)}."


def _meant(written: str) -> str:
    """Which setting or section is likely meant by one that there isn't, as in "web.port"; empty where none is close."""
    sections = {name: list(type(field.default).model_fields) for name, field in Config.model_fields.items()}
    section, _, key = written.rpartition(".")
    if near := closest(key, sections.get(section, ())):
        return f"{section}.{near}"
    elsewhere = [f"{name}.{key}" for name, keys in sections.items() if key in keys]
    everywhere = [*sections, *(f"{name}.{one}" for name, keys in sections.items() for one in keys)]
    if section not in sections and (near := closest(written, elsewhere)):  # else the key is in the wrong one
        return near
    return next(iter(elsewhere), closest(written, everywhere))


def example() -> str:
    """The text of `config.example.toml`: every key with its default and one comment."""
    lines = [
        "# Every setting of Rapport with its default. Copy this to config.toml and change what you like.",
        "# The environment wins over the file: web.port is RAPPORT_WEB__PORT. Flags win over both. A secret may be",
        "# a file of the setting's name (telegram.token) in /run/secrets, or one of systemd's credentials.",
    ]
    for name, section in Config.model_fields.items():
        kind = type(section.default)
        about = (kind.__doc__ or "").splitlines()[0].split(": ", 1)[-1].rstrip(".")
        lines += ["", f"[{name}]  # {about}"]
        lines += [f"{key} = {_toml(field.default)}  # {field.description}" for key, field in kind.model_fields.items()]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, tuple):
        return "[]"
    return f'"{value}"'
