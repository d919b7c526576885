"""`python -m bot`: the command line. What a command needs is imported when it runs, so that help is quick."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bot import config as configuration
from bot import logs
from bot.cli.discord import discord_app
from bot.cli.evaluate import eval_app
from bot.cli.models import models_app
from core.errors import RapportError

if TYPE_CHECKING:
    from bot.config import Config

app = typer.Typer(
    help="Rapport: a chat-bot that remembers the people, pets and things of its chats.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.add_typer(models_app, name="models")
app.add_typer(eval_app, name="eval")
app.add_typer(discord_app, name="discord")

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="The configuration file; config.toml if it is there.")
]
StoreOption = Annotated[Path | None, typer.Option("--store", help="The store's file, in place of the configured one.")]
LogOption = Annotated[str | None, typer.Option("--log-format", help="text or json.")]


@app.command()
def run(
    config: ConfigOption = None,
    store: StoreOption = None,
    host: Annotated[str | None, typer.Option(help="Where the web chat listens.")] = None,
    port: Annotated[int | None, typer.Option(help="The web chat's port.")] = None,
    log_format: LogOption = None,
) -> None:
    """Start the bot with its web chat."""
    from bot.running.serving import serve  # noqa: PLC0415 - see above

    settings = _load(config, store, log_format, web={"host": host, "port": port})
    _pull(settings)
    _run(serve(settings))


@app.command()
def console(config: ConfigOption = None, store: StoreOption = None, log_format: LogOption = None) -> None:
    """Chat in this terminal."""
    from bot.running.serving import chat_in_terminal  # noqa: PLC0415 - see above

    settings = _load(config, store, log_format, quiet=True)
    _pull(settings)
    _run(chat_in_terminal(settings))


@app.command()
def pipe(
    config: ConfigOption = None,
    store: StoreOption = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="Also write the answers as they grow.")] = False,
    pictures: Annotated[Path | None, typer.Option(help="Where pictures and exports are written.")] = None,
    log_format: LogOption = None,
) -> None:
    """JSON Lines in, JSON Lines out, for scripts and bridges."""
    from bot.running.serving import serve_pipe  # noqa: PLC0415 - see above

    settings = _load(config, store, log_format, quiet=True)
    _pull(settings)
    _run(serve_pipe(settings, drafts=drafts, pictures=pictures))


@app.command()
def doctor(config: ConfigOption = None, store: StoreOption = None) -> None:
    """Check configuration, models, store and port, and say what to do."""
    from bot.running.doctor import examine  # noqa: PLC0415 - see above

    settings = _load(config, store, None)
    if not asyncio.run(examine(settings)):
        raise typer.Exit(1)


@app.command("config")
def show_config() -> None:
    """Print config.example.toml: every setting with its default."""
    sys.stdout.write(configuration.example())


def _load(
    config: Path | None,
    store: Path | None,
    log_format: str | None,
    *,
    quiet: bool = False,
    **flags: dict[str, Any],
) -> Config:
    """The configuration with the flags that were given; a mistake ends the program with a sentence.

    `quiet` is for a conversation in the terminal: there only what goes wrong is logged.
    """
    flags["store"] = {"url": f"sqlite+aiosqlite:///{store}" if store else None}
    flags["log"] = {"format": log_format}
    given = {
        section: chosen
        for section, keys in flags.items()
        if (chosen := {key: value for key, value in keys.items() if value is not None})
    }
    try:
        settings = configuration.load(config, **given)
    except RapportError as error:
        _fail(error)
    usual = settings.log.level == "info"
    logs.set_up(settings.log.format, "warning" if quiet and usual else settings.log.level)
    return settings


def _pull(settings: Config) -> None:
    """Fetch the weights that aren't there yet, with a progress bar."""
    from bot.cli.models import pull_missing  # noqa: PLC0415 - see above

    try:
        pull_missing(settings)
    except RapportError as error:
        _fail(error)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run until it ends or the person stops it; an error on purpose is a sentence, not a traceback."""
    gc.freeze()  # what was imported stays: the collector need not stop everything to look through it
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(work)
        except* RapportError as errors:
            _fail(errors.exceptions[0])


def _fail(error: BaseException) -> NoReturn:
    typer.secho(str(error), fg="red", err=True)
    raise typer.Exit(1) from None


if __name__ == "__main__":
    app(prog_name="python -m bot")
