"""`python -m bot cluster`: the models in a pool of machines."""

from __future__ import annotations

import typer

from bot.cli.options import ConfigFile, failing, read_config

cluster_app = typer.Typer(help="The models in a pool of machines (Ray): deploy, check.", no_args_is_help=True)


@cluster_app.command()
def deploy(config: ConfigFile = None) -> None:
    """Put the configured models into the pool, in place of those that are there."""
    with failing():
        from bot.build import pool  # noqa: PLC0415 - so that help is quick

        settings = read_config(config)
        pool.deploy(settings)
        for sentence in pool.check(settings):
            typer.echo(sentence)


@cluster_app.command()
def check(config: ConfigFile = None) -> None:
    """What the pool is made of, and whether each model answers there."""
    with failing():
        from bot.build import pool  # noqa: PLC0415 - as above

        for sentence in pool.check(read_config(config)):
            typer.echo(sentence)
