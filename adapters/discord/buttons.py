"""Buttons that outlive a restart: all that a press needs to know is in the button's own id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord

from adapters.discord.events import Interaction, handler_of
from core.messages import Button

_LONGEST_LABEL = 80
_LONGEST_ID = 100
_MOST, _MOST_LAID_OUT, _IN_A_ROW = 25, 15, 5


class SayButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"say:(?P<value>.+)"):
    """A button of a reply: pressing it says its value."""

    def __init__(self, value: str, label: str = "…") -> None:
        style = discord.ButtonStyle.secondary
        label = label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
        super().__init__(discord.ui.Button(style=style, label=label, custom_id=f"say:{value}"))
        self._value = value

    @classmethod
    async def from_custom_id(
        cls,
        interaction: Interaction,  # noqa: ARG003 - discord.py's signature
        item: discord.ui.Item[Any],  # noqa: ARG003
        match: re.Match[str],
        /,
    ) -> Self:
        """The button that was pressed, made again out of its id."""
        return cls(match["value"])

    async def callback(self, interaction: Interaction) -> None:
        """Say the button's value."""
        await handler_of(interaction).on_press(interaction, self._value)


class PageButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"page:(?P<page>\d+):(?P<command>.+)"):
    """A gallery's button for another page: brings up what the command says and shows that page of it."""

    def __init__(self, page: int, command: str, label: str = "…") -> None:
        style = discord.ButtonStyle.secondary
        super().__init__(discord.ui.Button(style=style, label=label, custom_id=_page_id(page, command)))
        self._page, self._command = page, command

    @classmethod
    async def from_custom_id(
        cls,
        interaction: Interaction,  # noqa: ARG003 - discord.py's signature
        item: discord.ui.Item[Any],  # noqa: ARG003
        match: re.Match[str],
        /,
    ) -> Self:
        """The button that was pressed, made again out of its id."""
        return cls(int(match["page"]), match["command"])

    async def callback(self, interaction: Interaction) -> None:
        """Show that page."""
        await handler_of(interaction).on_page(interaction, self._command, self._page)


def buttons_view(buttons: Sequence[Button]) -> discord.ui.View | None:
    """The buttons under a message; None without any.

    Nothing of it is kept in memory (a stopped view isn't): `SayButton` finds its own presses.
    """
    view = discord.ui.View(timeout=None)
    for button in buttons[:_MOST]:
        view.add_item(SayButton(button.value, button.label))
    view.stop()
    return view if view.children else None


def button_rows(
    buttons: Sequence[Button], page: int, pages: int, command: str
) -> list[discord.ui.ActionRow[discord.ui.LayoutView]]:
    """The rows of a message that is laid out: those that turn a gallery's pages, then the buttons, as many as fit."""
    rows: list[discord.ui.ActionRow[discord.ui.LayoutView]] = []
    if pages > 1 and len(_page_id(pages, command)) <= _LONGEST_ID:
        turning: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
        if page > 0:
            turning.add_item(PageButton(page - 1, command, "◀"))
        turning.add_item(discord.ui.Button(label=f"{page + 1} / {pages}", disabled=True, custom_id="page"))
        if page + 1 < pages:
            turning.add_item(PageButton(page + 1, command, "▶"))
        rows.append(turning)
    for first in range(0, min(len(buttons), _MOST_LAID_OUT), _IN_A_ROW):
        row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
        for button in buttons[first : first + _IN_A_ROW]:
            row.add_item(SayButton(button.value, button.label))
        rows.append(row)
    return rows


def _page_id(page: int, command: str) -> str:
    return f"page:{page}:{command}"
