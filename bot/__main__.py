"""`python -m bot`: the command line. What a command needs is imported when it runs, so that help is quick."""

from __future__ import annotations

import typer

from bot.cli.cluster import cluster_app
from bot.cli.discord import discord_app
from bot.cli.doctor import doctor_app
from bot.cli.evaluate import eval_app
from bot.cli.keys import keys_app
from bot.cli.models import models_app
from bot.cli.reviewing import data_app
from bot.cli.run import run_app
from bot.cli.store import store_app
from bot.cli.train import train_app

app = typer.Typer(
    help="Rapport: a chat-bot that remembers the people, pets and things of its chats.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # their text may quote what people wrote: `bot.logs` tells of what nobody caught
)
app.add_typer(run_app)
app.add_typer(doctor_app)
app.add_typer(models_app, name="models")
app.add_typer(store_app, name="store")
app.add_typer(keys_app, name="keys")
app.add_typer(cluster_app, name="cluster")
app.add_typer(eval_app, name="eval")
app.add_typer(data_app, name="data")
app.add_typer(train_app, name="train")
app.add_typer(discord_app, name="discord")

if __name__ == "__main__":
    app(prog_name="python -m bot")
