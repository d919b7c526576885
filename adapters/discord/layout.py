"""Galleries and pictures with their buttons as Discord lays them out: containers, thumbnails, media galleries.

A message that is laid out has no text beside it and stays laid out: whatever takes its place is, too. Its limits, 40
components, 10 pictures in a gallery and 4,000 characters in all, hold for all that `wording.py` puts in here:
https://discord.com/developers/docs/components/reference
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import discord
from discord import ui

LONGEST_LAID_OUT = 4000  # characters in all texts of one message
MOST_PICTURES = 10
_LONGEST_DESCRIPTION = 256


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """One of a gallery: its text, in Discord's Markdown, and the attached picture's file name, empty without one."""

    text: str
    picture: str = ""
    description: str = ""


def listed(text: str, entries: Sequence[GalleryEntry], rows: Sequence[ui.ActionRow[ui.LayoutView]]) -> ui.LayoutView:
    """A text, below it each entry with its picture beside it."""
    items: list[ui.Item[ui.LayoutView]] = []
    for one in entries:
        shown: ui.TextDisplay[ui.LayoutView] = ui.TextDisplay(one.text)
        if one.picture:
            thumbnail: ui.Thumbnail[ui.LayoutView] = ui.Thumbnail(
                _attached(one), description=one.description[:_LONGEST_DESCRIPTION] or None
            )
            items.append(ui.Section(shown, accessory=thumbnail))
        else:
            items.append(shown)
    return _laid_out(text, items, rows)


def pictured(text: str, entries: Sequence[GalleryEntry], rows: Sequence[ui.ActionRow[ui.LayoutView]]) -> ui.LayoutView:
    """A text, below it the entries' pictures in one gallery, below that what is said of each."""
    pictures = [
        discord.MediaGalleryItem(_attached(one), description=one.description[:_LONGEST_DESCRIPTION] or None)
        for one in entries
    ]
    said = "\n".join(one.text for one in entries if one.text)
    items: list[ui.Item[ui.LayoutView]] = [ui.MediaGallery(*pictures)] if pictures else []
    return _laid_out(text, [*items, *([ui.TextDisplay(said)] if said else [])], rows)


def _laid_out(
    text: str, items: Sequence[ui.Item[ui.LayoutView]], rows: Sequence[ui.ActionRow[ui.LayoutView]]
) -> ui.LayoutView:
    """Nothing of it is kept in memory (a stopped view isn't): its buttons find their own presses."""
    view = ui.LayoutView(timeout=None)
    beginning: list[ui.Item[ui.LayoutView]] = [ui.TextDisplay(text)] if text else []
    view.add_item(ui.Container(*beginning, *items))
    for row in rows:
        view.add_item(row)
    view.stop()
    return view


def _attached(entry: GalleryEntry) -> str:
    return f"attachment://{entry.picture}"
