"""What the commands share: options, how the configuration is read, how a failure ends the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import config as configuration
from bot import logs
from core.errors import RapportError, traced

if TYPE_CHECKING:
    from bot.config import Config

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="The configuration file; config.toml if it is there.")
]
StorePlace = Annotated[
    str | None, typer.Option("--store", help="The store's file or its URL, in place of the configured one.")
]
LogFormat = Annotated[str | None, typer.Option("--log-format", help="text or json.")]


@contextmanager
def failing() -> Iterator[None]:
    """An error ends the program with status 1: one made on purpose with its sentence, a bug with kind and places.

    A traceback's text may quote what people wrote.
    """
    try:
        yield
    except typer.Exit:
        raise
    except Exception as error:  # noqa: BLE001 - the program ends here, and with this status
        first: Exception = error
        while isinstance(first, ExceptionGroup):  # a task group's
            first = first.exceptions[0]
        sentence = str(first) if isinstance(first, RapportError) else f"Rapport is broken: {traced(error)}."
        typer.secho(sentence, fg="red", err=True)
        raise typer.Exit(1) from None


def read_config(
    config: Path | None, store: str | None = None, log_format: str | None = None, **flags: dict[str, Any]
) -> Config:
    """The configuration with the flags that were given, sections with keys; from now on warnings are logged as it says.

    Raises `ConfigError`.
    """
    flags["store"] = {"url": store_url(store) if store else None}
    flags["log"] = {"format": log_format}
    given = {
        section: chosen
        for section, keys in flags.items()
        if (chosen := {key: value for key, value in keys.items() if value is not None})
    }
    settings = configuration.load(config, **given)
    set_up_logs(settings, "warning")
    return settings


def store_url(place: str) -> str:
    """The URL of a store that was given as a file or as a URL."""
    return place if "://" in place else f"sqlite+aiosqlite:///{place}"


def set_up_logs(settings: Config, usual: str = "info") -> None:
    """Log as configured; where no level is configured, from `usual` on."""
    level = settings.log.level
    logs.set_up(settings.log.format, usual if level == "info" else level, settings.secrets())
