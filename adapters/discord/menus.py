"""What Discord offers in a message's own menu under "Apps", also where the bot can't see messages."""

from __future__ import annotations

from dataclasses import replace

import discord
from discord.app_commands import locale_str as said

from adapters.discord.attachments import photos_in
from adapters.discord.events import Interaction, MenuInput, Tree, command_text, handler_of
from adapters.discord.incoming import origin_of
from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.names import LONGEST

_FORM_SECONDS = 15 * 60.0  # seconds in which the form can be sent
_THIS_PHOTO = gettext_noop("Remember this photo")
_NO_PHOTO = gettext_noop("There is no photo in that message.")
_MOST_PHOTOS = 10  # that Discord lets a form take


def declare_menus(tree: Tree) -> None:
    """Put the menus into the tree."""

    @tree.context_menu(name=said(_THIS_PHOTO))
    async def remember_this(interaction: Interaction, message: discord.Message) -> None:
        handler = handler_of(interaction)
        if photos := photos_in(message):
            given = MenuInput("", photos, about=message.id)
            await interaction.response.send_modal(NameForm(given, await handler.translator(interaction)))
        else:
            await handler.refuse(interaction, _NO_PHOTO)

    @tree.context_menu(name=said(gettext_noop("Who is this?")))
    async def who_is_this(interaction: Interaction, message: discord.Message) -> None:
        handler = handler_of(interaction)
        if photos := photos_in(message):
            await handler.on_menu(interaction, MenuInput("", photos, about=message.id))
        else:
            await handler.refuse(interaction, _NO_PHOTO)

    @tree.context_menu(name=said(gettext_noop("That's wrong")))
    async def that_is_wrong(interaction: Interaction, message: discord.Message) -> None:
        handler, photos = handler_of(interaction), photos_in(message)
        if interaction.client.user and message.author.id == interaction.client.user.id:  # what it shows is ours
            await handler.on_menu(interaction, MenuInput(command_text("wrong"), reply_to=origin_of(message)))
        elif photos:
            await handler.on_menu(interaction, MenuInput(command_text("wrong"), photos, about=message.id))
        else:
            await handler.refuse(interaction, _NO_PHOTO)


class NameForm(discord.ui.Modal):
    """Asks for the name of who or what is in a message's photos, or in those that are put into the form."""

    def __init__(self, given: MenuInput, translator: Translator) -> None:
        title = _THIS_PHOTO if given.attachments else gettext_noop("Who shall I remember?")
        super().__init__(title=translator.gettext(title), timeout=_FORM_SECONDS)
        self._given = given
        self._photos: discord.ui.FileUpload[NameForm] = discord.ui.FileUpload(
            custom_id="photos", required=False, max_values=_MOST_PHOTOS
        )
        self._name = _field("name", longest=LONGEST)
        self._category = _field("category", longest=LONGEST, required=False)
        self._info = _field("info", longest=2000, required=False, style=discord.TextStyle.paragraph)
        self.add_item(discord.ui.Label(text=translator.gettext("Their name"), component=self._name))
        self.add_item(discord.ui.Label(text=translator.gettext("What they are, as in: dog"), component=self._category))
        self.add_item(discord.ui.Label(text=translator.gettext("What I should know about them"), component=self._info))
        if not given.attachments:
            text = translator.gettext("Photos of them")
            told = translator.gettext("Without one I take the last photo that I was shown here.")
            self.add_item(discord.ui.Label(text=text, description=told, component=self._photos))

    async def on_submit(self, interaction: Interaction) -> None:
        """Remember what the form says."""
        text = command_text("remember", self._name.value, self._category.value, self._info.value)
        photos = self._given.attachments or tuple(self._photos.values)
        await handler_of(interaction).on_menu(interaction, replace(self._given, text=text, attachments=photos))


def _field(
    key: str, *, longest: int, required: bool = True, style: discord.TextStyle = discord.TextStyle.short
) -> discord.ui.TextInput[NameForm]:
    return discord.ui.TextInput(custom_id=key, max_length=longest, required=required, style=style)
