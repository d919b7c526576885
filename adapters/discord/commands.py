"""Slash commands: the core's commands with fields to fill in, and names completed while they are typed."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import locale_str as said

from adapters.discord.events import Interaction, MenuInput, Tree, command_text, handler_of
from adapters.discord.menus import NameForm
from core.assistant.commands import COMMANDS
from core.commands.settings import MEANINGS
from core.i18n.lazy_strings import gettext_noop
from core.names import LONGEST

Choices = list[app_commands.Choice[str]]
Name = app_commands.Range[str, 1, LONGEST]
Text = app_commands.Range[str, 1, 2000]
Number = app_commands.Range[int, 1, 100_000]
Photo = discord.Attachment | None

_PURPOSES = {usage.name: said(usage.purpose) for usage in COMMANDS.listed}
_NAME = said(gettext_noop("Their name"))
_PHOTO = said(gettext_noop("A photo of them"))
_ONE_MORE = said(gettext_noop("One more photo"))
_CATEGORY = said(gettext_noop("What they are, as in: dog"))
_INFO = said(gettext_noop("What I should know about them"))
_NEW_NAME = said(gettext_noop("Their new name"))
_QUESTION = said(gettext_noop("What you want to know"))
_ABOUT_PHOTO = said(gettext_noop("The photo it is about"))
_ZIP = said(gettext_noop("The zip that /export gave you"))
_NUMBER = said(gettext_noop("Which of the photos, as /show numbers them"))
_SAME = said(gettext_noop("Who is the same"))
_REALLY = said(gettext_noop("Who is really on it"))
_KEY = said(gettext_noop("Which setting"))
_VALUE = said(gettext_noop("What it shall be"))
_ASK = said(gettext_noop("ask me who is in a photo, or about someone I know"))


def declare_commands(tree: Tree) -> None:
    """Put every slash command into the tree; they hand what was given to the client's event handler."""
    _declare_remembering(tree)
    _declare_editing(tree)
    _declare_mending(tree)
    _declare_asking(tree)
    _declare_import(tree)
    _declare_settings(tree)
    _declare_rest(tree)


async def _complete(interaction: Interaction, typed: str) -> Choices:
    names = await handler_of(interaction).suggest(interaction, typed)
    return [app_commands.Choice(name=one, value=one) for one in names]


def _declare_remembering(tree: Tree) -> None:
    @tree.command(description=_PURPOSES["remember"])
    @app_commands.describe(
        name=_NAME, photo=_PHOTO, category=_CATEGORY, info=_INFO, photo_2=_ONE_MORE, photo_3=_ONE_MORE
    )
    @app_commands.autocomplete(name=_complete)
    async def remember(
        interaction: Interaction,
        name: Name | None = None,
        photo: Photo = None,
        category: Name | None = None,
        info: Text | None = None,
        photo_2: Photo = None,
        photo_3: Photo = None,
    ) -> None:
        handler, photos = handler_of(interaction), tuple(one for one in (photo, photo_2, photo_3) if one)
        if not (name or photos or category or info):
            await interaction.response.send_modal(NameForm(MenuInput(""), await handler.translator(interaction)))
            return
        await handler.on_menu(interaction, MenuInput(command_text("remember", name, category, info), photos))

    @tree.command(description=_PURPOSES["keep"])
    @app_commands.describe(photo=_ABOUT_PHOTO)
    async def keep(interaction: Interaction, photo: Photo = None) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("keep"), (photo,) if photo else ()))

    @tree.command(description=_PURPOSES["wrong"])
    @app_commands.describe(name=_NAME)
    @app_commands.autocomplete(name=_complete)
    async def wrong(interaction: Interaction, name: Name | None = None) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("wrong", name)))


def _declare_editing(tree: Tree) -> None:
    @tree.command(description=_PURPOSES["describe"])
    @app_commands.describe(name=_NAME, info=_INFO)
    @app_commands.autocomplete(name=_complete)
    async def describe(interaction: Interaction, name: Name, info: Text) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("describe", name, info)))

    @tree.command(description=_PURPOSES["rename"])
    @app_commands.describe(name=_NAME, new_name=_NEW_NAME)
    @app_commands.autocomplete(name=_complete)
    async def rename(interaction: Interaction, name: Name, new_name: Name) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("rename", name, new_name)))

    @tree.command(description=_PURPOSES["category"])
    @app_commands.describe(name=_NAME, category=_CATEGORY)
    @app_commands.autocomplete(name=_complete)
    async def category(interaction: Interaction, name: Name, category: Name | None = None) -> None:
        await handler_of(interaction).on_menu(
            interaction, MenuInput(f"{command_text('category', name)} | {category or ''}")
        )

    @tree.command(description=_PURPOSES["forget"])
    @app_commands.describe(name=_NAME)
    @app_commands.autocomplete(name=_complete)
    async def forget(interaction: Interaction, name: Name) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("forget", name)))


def _declare_mending(tree: Tree) -> None:
    @tree.command(description=_PURPOSES["merge"])
    @app_commands.describe(name=_NAME, other=_SAME)
    @app_commands.autocomplete(name=_complete, other=_complete)
    async def merge(interaction: Interaction, name: Name, other: Name) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("merge", name, other)))

    @tree.command(description=_PURPOSES["remove"])
    @app_commands.describe(name=_NAME, number=_NUMBER)
    @app_commands.autocomplete(name=_complete)
    async def remove(interaction: Interaction, name: Name, number: Number) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("remove", f"{name} {number}")))

    @tree.command(description=_PURPOSES["cover"])
    @app_commands.describe(name=_NAME, number=_NUMBER)
    @app_commands.autocomplete(name=_complete)
    async def cover(interaction: Interaction, name: Name, number: Number) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("cover", f"{name} {number}")))

    @tree.command(description=_PURPOSES["move"])
    @app_commands.describe(name=_NAME, number=_NUMBER, other=_REALLY)
    @app_commands.autocomplete(name=_complete, other=_complete)
    async def move(interaction: Interaction, name: Name, number: Number, other: Name) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("move", f"{name} {number}", other)))


def _declare_asking(tree: Tree) -> None:
    @tree.command(description=_PURPOSES["show"])
    @app_commands.describe(name=_NAME)
    @app_commands.autocomplete(name=_complete)
    async def show(interaction: Interaction, name: Name) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("show", name)))

    @tree.command(description=_PURPOSES["seen"])
    @app_commands.describe(name=_NAME)
    @app_commands.autocomplete(name=_complete)
    async def seen(interaction: Interaction, name: Name) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("seen", name)))

    @tree.command(description=_PURPOSES["photos"])
    @app_commands.describe(name=_NAME)
    @app_commands.autocomplete(name=_complete)
    async def photos(interaction: Interaction, name: Name | None = None) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("photos", name or "")))

    @tree.command(description=_ASK)
    @app_commands.describe(question=_QUESTION, photo=_ABOUT_PHOTO)
    async def ask(interaction: Interaction, question: Text | None = None, photo: Photo = None) -> None:
        # A question that begins with a slash is one all the same.
        await handler_of(interaction).on_menu(
            interaction, MenuInput((question or "").lstrip("/ "), (photo,) if photo else ())
        )


def _declare_import(tree: Tree) -> None:
    @tree.command(name="import", description=_PURPOSES["import"])
    @app_commands.describe(file=_ZIP)
    async def take_in(interaction: Interaction, file: discord.Attachment) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(command_text("import"), archives=(file,)))


def _declare_settings(tree: Tree) -> None:
    async def values(interaction: Interaction, typed: str) -> Choices:
        meanings = MEANINGS.get(getattr(interaction.namespace, "setting", None) or "", {})
        wanted = [one for one in meanings if one.startswith(typed.casefold())]
        return [app_commands.Choice(name=one, value=one) for one in wanted]

    @tree.command(description=_PURPOSES["settings"])
    @app_commands.describe(setting=_KEY, value=_VALUE)
    @app_commands.choices(setting=[app_commands.Choice(name=key, value=key) for key in MEANINGS])
    @app_commands.autocomplete(value=values)
    async def settings(interaction: Interaction, setting: str | None = None, value: Name | None = None) -> None:
        await handler_of(interaction).on_menu(
            interaction, MenuInput(" ".join(filter(None, ["/settings", setting, value])))
        )

    @tree.command(description=_PURPOSES["consent"])
    @app_commands.describe(answer=_VALUE)
    @app_commands.choices(answer=[app_commands.Choice(name=one, value=one) for one in ("yes", "no")])
    async def consent(interaction: Interaction, answer: str | None = None) -> None:
        await handler_of(interaction).on_menu(interaction, MenuInput(f"/consent {answer or ''}".rstrip()))


def _declare_rest(tree: Tree) -> None:
    """Every other command: a word alone, or with one field for whatever follows it, in which names are completed."""

    def plain(word: str) -> None:
        @tree.command(name=word, description=_PURPOSES[word])
        async def command(interaction: Interaction) -> None:
            await handler_of(interaction).on_menu(interaction, MenuInput(command_text(word)))

    def with_text(word: str, arguments: str) -> None:
        @tree.command(name=word, description=_PURPOSES[word])
        @app_commands.describe(text=said(arguments))
        @app_commands.autocomplete(text=_complete)
        async def command(interaction: Interaction, text: Text | None = None) -> None:
            await handler_of(interaction).on_menu(interaction, MenuInput(f"/{word} {text or ''}".rstrip()))

    declared = {one.name for one in tree.get_commands()}
    for usage in COMMANDS.listed:
        if usage.name not in declared and usage.arguments:
            with_text(usage.name, usage.arguments)
        elif usage.name not in declared:
            plain(usage.name)
