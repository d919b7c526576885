"""Our replies in Discord's terms: messages of 2,000 characters, embeds in pages, rows of buttons.

The limits: https://discord.com/developers/docs/resources/message#create-message
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import discord

from adapters.discord.buttons import buttons_view
from core.messages import Attachment, Reply
from core.platforms.split_message import split_message

LONGEST_TEXT = 2000
CARDS_ON_A_PAGE = 5
_LONGEST_CARD = 900  # five of them and their titles stay below the 6,000 characters of a message's embeds


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message of a reply, before it is sent: files are made anew for every try."""

    text: str
    files: tuple[Attachment, ...] = ()
    embeds: tuple[discord.Embed, ...] = ()
    view: discord.ui.View | None = None

    def uploads(self) -> list[discord.File]:
        """Its files, ready to be read once."""
        return [discord.File(io.BytesIO(one.data), one.name) for one in self.files]


def draft_of(reply: Reply) -> str:
    """What is shown of an answer that still grows."""
    text = reply.text.strip()
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def messages_of(reply: Reply, *, page: int = 0, command: str = "") -> list[OutgoingMessage]:
    """The final reply as messages; pictures, files and buttons go with the last one.

    Of a gallery one `page` is shown; `command` is what brings it up again to turn the pages.
    """
    pages = -(-len(reply.cards) // CARDS_ON_A_PAGE)
    page = max(0, min(page, pages - 1))  # some may have been forgotten since
    cards = reply.cards[page * CARDS_ON_A_PAGE :][:CARDS_ON_A_PAGE]
    text = reply.text
    for card in reply.cards:  # the text repeats what the cards say
        text = text.replace(f"\n{card.title}: {card.text}", "", 1)
    *first, last = split_message(text, LONGEST_TEXT) or [""]
    pictures = [Attachment("photo.jpg", "image/jpeg", reply.image)] if reply.image and not reply.cards else []
    embeds = []
    for number, card in enumerate(cards):
        line = card.text if len(card.text) <= _LONGEST_CARD else f"{card.text[: _LONGEST_CARD - 1]}…"
        embed = discord.Embed(title=discord.utils.escape_markdown(card.title), description=line)
        if card.image:
            pictures.append(Attachment(f"card-{number}.jpg", "image/jpeg", card.image))
            embed.set_thumbnail(url=f"attachment://card-{number}.jpg")
        embeds.append(embed)
    view = buttons_view(reply.buttons, page, pages, command)
    files = (*pictures, *reply.attachments)
    return [*(OutgoingMessage(one) for one in first), OutgoingMessage(last, files, tuple(embeds), view)]
