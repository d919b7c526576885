"""Our replies in Discord's terms: messages of 2,000 characters, galleries in pages, rows of buttons.

The limits: https://discord.com/developers/docs/resources/message#create-message
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace

import discord

from adapters.discord.buttons import button_rows, buttons_view
from adapters.discord.layout import LONGEST_LAID_OUT, MOST_PICTURES, GalleryEntry, listed, pictured
from core.messages import Attachment, Reply
from core.platforms.sentences import numbered
from core.platforms.split_message import split_message

LONGEST_TEXT = 2000
CARDS_ON_A_PAGE = 5
_LONGEST_CARD = 900

# What Discord takes for more than text: Markdown, mentions, timestamps, emoji, links and invites. An underscore between
# letters is none of it: snake_case stays as it is.
_MARKUP = re.compile(
    r"[\\*`<>\[\]]|(?<=\])\(|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\|{2,}|~{2,}|@(?=everyone|here)|:(?=//)"
    r"|(?i:(?<=discord)|(?<=discordapp))\.(?=[a-z])|^[ \t]*(?:#+(?=\s)|[+-](?=[\s#]))",
    re.MULTILINE,
)
_ADDRESS = re.compile(
    r"(https?://(?!(?:[a-z0-9-]+\.)*discord(?:app)?\.)(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?"
    r"(?:/(?:[a-z0-9_/.~=&%#+:;,!$?-]*[a-z0-9_/=-])?)?)",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message of a reply, before it is sent: files are made anew for every try."""

    text: str
    files: tuple[Attachment, ...] = ()
    view: discord.ui.View | discord.ui.LayoutView | None = None

    def uploads(self) -> list[discord.File]:
        """Its files, ready to be read once."""
        return [discord.File(io.BytesIO(one.data), one.name) for one in self.files]


def escaped(text: str, *, links: bool = True) -> str:
    """The text so that Discord shows it as it stands: none of its Markdown, mentions, masked links or invites work.

    Discord shows whatever follows a backslash as it is unless that is a letter, a digit or a space. With `links`
    addresses can be followed, and get no preview (https://support.discord.com/hc/articles/210298617).
    """
    parts = _ADDRESS.split(text) if links else [text]
    parts[::2] = [_MARKUP.sub(lambda found: re.sub(r"\S", r"\\\g<0>", found[0]), part) for part in parts[::2]]
    return "".join(f"<{part}>" if number % 2 else part for number, part in enumerate(parts))


def _length(text: str) -> int:
    return len(escaped(text))


def _beginning(text: str, longest: int) -> str:
    """The text escaped, and cut where it would be longer than that."""
    first, *rest = split_message(text, longest - 1, _length) or [""]
    return escaped(first) + ("…" if rest else "")


def draft_of(reply: Reply) -> str:
    """What is shown of an answer that still grows."""
    return _beginning(reply.text, LONGEST_TEXT)


def messages_of(reply: Reply, *, page: int = 0, command: str = "", laid_out: bool = False) -> list[OutgoingMessage]:
    """The final reply as messages; pictures, files and buttons go with the last one.

    Of a gallery one `page` is shown; `command` is what brings it up again to turn the pages. Galleries are laid out,
    and so is the message that is to take the place of one that is.
    """
    text = reply.text
    for line in filter(None, (card.line for card in reply.cards)):  # the text repeats what the cards say
        text = text.replace(f"\n{line}", "", 1)
    *first, last = map(escaped, split_message(text, LONGEST_TEXT, _length) or [""])
    if reply.cards or reply.replaces or laid_out:
        endings = [_laid_out(reply, last, page, command)]
        endings += [OutgoingMessage("", reply.attachments)] if reply.attachments else []
    else:
        pictures = [Attachment("photo.jpg", "image/jpeg", reply.image)] if reply.image else []
        endings = [OutgoingMessage(last, (*pictures, *reply.attachments), buttons_view(reply.buttons))]
    return [*(OutgoingMessage(one) for one in first), *endings]


def without_pictures_over(reply: Reply, most: int) -> Reply:
    """The reply without pictures of more than `most` bytes, which Discord would refuse: its words are left."""
    cards = tuple(one if len(one.image or b"") <= most else replace(one, image=None) for one in reply.cards)
    return replace(reply, cards=cards, image=reply.image if len(reply.image or b"") <= most else None)


def _laid_out(reply: Reply, text: str, page: int, command: str) -> OutgoingMessage:
    """A page of the reply's cards, or its picture, with the buttons, below the text."""
    photos = any(card.photos is None for card in reply.cards)  # of one concept
    on_a_page = MOST_PICTURES if photos else CARDS_ON_A_PAGE
    pages = -(-len(reply.cards) // on_a_page)
    page = max(0, min(page, pages - 1))  # some may have been forgotten since
    cards = reply.cards[page * on_a_page :][:on_a_page]
    room = (LONGEST_LAID_OUT - len(text)) // (len(cards) + 1)
    entries, pictures = [], list[Attachment]()
    for number, card in enumerate(cards):
        name = f"card-{number}.jpg" if card.image else ""
        if card.image:
            pictures.append(Attachment(name, "image/jpeg", card.image))
        if photos:
            said = f"-# {_beginning(numbered(card), min(room, _LONGEST_CARD) - 10)}"
        else:
            title = f"**{escaped(card.title, links=False)}**"
            said = f"{title}\n{_beginning(card.text, min(room, _LONGEST_CARD) - len(title))}"
        entries.append(GalleryEntry(said, name, f"{card.title}: {card.text}"))
    if reply.image and not cards:
        pictures.append(Attachment("photo.jpg", "image/jpeg", reply.image))
        entries.append(GalleryEntry("", "photo.jpg"))
    rows = button_rows(reply.buttons, page, pages, command)
    view = (pictured if photos or not cards else listed)(text, entries, rows)
    return OutgoingMessage("", tuple(pictures), view)
