"""The configuration: config.toml < environment (`RAPPORT_WEB__PORT`) < flags. An unknown key is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.errors import ConfigError

HomePath = Annotated[Path, AfterValidator(Path.expanduser)]
Owner = Annotated[str, StringConstraints(pattern=r"^[a-z]+:.+$")]
Entry = Annotated[str, StringConstraints(pattern=r"^(platform:[a-z]+|(user|chat|guild):[a-z]+:.+)$")]
HomeUrl = Annotated[str, AfterValidator(lambda url: url.replace("///~", f"///{Path.home()}"))]


class Section(BaseModel):
    """One table of the file; keys it doesn't know are refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class StoreSection(Section):
    """`[store]`: where memories are kept."""

    url: HomeUrl = Field(
        "sqlite+aiosqlite:///~/.local/share/rapport/rapport.db",
        description="Where memories are kept: an SQLite file, or postgresql+asyncpg://… for many processes.",
    )


class ModelsSection(Section):
    """`[models]`: what sees."""

    cache: HomePath = Field(Path("~/.cache/rapport/models"), description="Where fetched weights are kept.")
    detector: str = Field("yolo11n", description="The catalogue's name of the detector.")
    encoder: str = Field("mobilenetv2", description="The catalogue's name of the encoder.")
    threads: int = Field(0, ge=0, description="CPU threads for each model; 0 uses every core.")


class GeneratorSection(Section):
    """`[generator]`: what answers."""

    kind: Literal["composer", "openai"] = Field(
        "composer",
        description='"composer" needs no model; "openai" asks any OpenAI-compatible vision-language server.',
    )
    base_url: str = Field("http://127.0.0.1:8000/v1", description="The server's address, for openai.")
    model: str = Field("llava-hf/llava-1.5-7b-hf", description="The model's name on that server.")
    api_key: SecretStr = Field(SecretStr(""), description="Its key, if it wants one.")
    max_tokens: int = Field(400, ge=1, description="The longest answer, in tokens.")
    temperature: float = Field(0.2, ge=0, le=2, description="0 is sober, 1 is free.")
    timeout: float = Field(60, gt=0, description="Seconds to wait for the server.")
    concurrency: int = Field(8, ge=1, description="Answers generated at the same time.")


class WebSection(Section):
    """`[web]`: the local chat."""

    enabled: bool = Field(True, description="Serve the local web chat.")
    host: str = Field("127.0.0.1", description="Where it listens; anything but loopback needs a token.")
    port: int = Field(8420, ge=0, le=65535, description="Its port.")
    token: SecretStr = Field(SecretStr(""), description="What visitors must show when it isn't on loopback.")
    hosts: tuple[str, ...] = Field((), description="Further names under which the page may be opened.")


class ChatSection(Section):
    """`[chat]`: manners."""

    undo_seconds: int = Field(30, ge=0, description="How long /forget can be undone; 0 erases at once.")
    photo_minutes: float = Field(30, ge=0, description="How long a photo can be asked about.")
    history: int = Field(8, ge=0, description="How many earlier lines a language model gets to see.")
    left_days: float = Field(
        30, ge=0, description="How long a chat's memory is kept after the bot was removed from it."
    )


class LimitsSection(Section):
    """`[limits]`: what one message may weigh."""

    photo_megabytes: float = Field(20, gt=0, description="The largest photo file.")
    photo_megapixels: float = Field(50, gt=0, description="The largest photo, in millions of pixels.")
    photos: int = Field(10, ge=1, description="The most photos in one message.")
    queue: int = Field(256, ge=1, description='Photos waiting at most; beyond that the bot says "busy".')
    answer_seconds: float = Field(120, gt=0, description="The longest a photo may wait for the models.")
    stop_seconds: float = Field(20, ge=0, description="How long answers under way may take when stopping.")


class AccessSection(Section):
    """`[access]`: who may talk to the bot on Telegram and Discord; entries are explained in the README."""

    owners: tuple[Owner, ...] = Field((), description='Your own accounts, as "telegram:12345".')
    allow: tuple[Entry, ...] = Field(
        (), description='If not empty: only these, as "user:telegram:12345", "chat:…", "guild:discord:777".'
    )
    block: tuple[Entry, ...] = Field((), description="These get no answer; written in the same way.")


class QuotasSection(Section):
    """`[quotas]`: the most that one person, and one chat, may use; 0 is no limit."""

    person_photos_minute: int = Field(30, ge=0, description="Photos a minute that one person may show.")
    person_names: int = Field(1000, ge=0, description="Names that one person may have remembered.")
    person_megabytes: float = Field(500, ge=0, description="Photos kept for one person.")
    chat_photos_minute: int = Field(60, ge=0, description="Photos a minute shown in one chat.")
    chat_names: int = Field(1000, ge=0, description="Names remembered in one chat.")
    chat_megabytes: float = Field(500, ge=0, description="Photos kept for one chat.")


class DiscordSection(Section):
    """`[discord]`: the Discord bot; docs/discord.md tells how to make one."""

    token: SecretStr = Field(SecretStr(""), description="The bot's token; without one Discord is off.")
    memory: Literal["channel", "server"] = Field(
        "channel",
        description='"channel": each channel has a memory of its own; "server": one for all of them.',
    )
    message_content: bool = Field(
        False, description="Ask for the privileged intent, to see photos that aren't sent to the bot."
    )
    shards: int = Field(1, ge=0, description="Connections for many servers; 0 lets Discord say how many.")


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
    models: ModelsSection = ModelsSection()
    generator: GeneratorSection = GeneratorSection()
    web: WebSection = WebSection()
    chat: ChatSection = ChatSection()
    limits: LimitsSection = LimitsSection()
    access: AccessSection = AccessSection()
    quotas: QuotasSection = QuotasSection()
    discord: DiscordSection = DiscordSection()
    log: LogSection = LogSection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags first, then the environment; `load` has put the file among the former's defaults."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(path: Path | None = None, **flags: dict[str, Any]) -> Config:
    """Read the configuration; `flags` are sections with the keys given on the command line.

    Without a path `config.toml` of the working folder is read if it is there.
    Raises `ConfigError` that names the key at fault.
    """
    if path is not None and not path.is_file():
        raise ConfigError(f"There is no configuration file {path}.")
    file = path or Path("config.toml")
    reader = type("Config", (Config,), {"model_config": {**Config.model_config, "toml_file": file}})
    try:
        config: Config = reader(**flags)
    except ValidationError as error:
        raise ConfigError(_sentence(error, file)) from error
    except ValueError as error:  # tomllib's and the environment's JSON errors
        raise ConfigError(f"{file} can't be read: {error}") from error
    return config


def _sentence(error: ValidationError, file: Path) -> str:
    faults = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            faults.append(f"{key} is not a setting (see config.example.toml)")
        else:
            faults.append(f"{key}: {fault['msg'].lower()}")
    return f"The configuration ({file}, environment or flags) has a mistake: {'; '.join(faults)}."


def example() -> str:
    """The text of `config.example.toml`: every key with its default and one comment."""
    lines = [
        "# Every setting of Rapport with its default. Copy this to config.toml and change what you like.",
        "# The environment wins over the file: web.port is RAPPORT_WEB__PORT. Flags win over both.",
    ]
    for name, field in Config.model_fields.items():
        section: Section = field.default
        lines += ["", f"[{name}]  # {(type(section).__doc__ or '').split(': ', 1)[-1].rstrip('.')}"]
        lines += [_line(section, key) for key in type(section).model_fields]
    return "\n".join(lines) + "\n"


def _line(section: Section, key: str) -> str:
    field = type(section).model_fields[key]
    return f"{key} = {_toml(field.default)}  # {field.description}"


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
