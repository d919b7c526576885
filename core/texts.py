"""The bot's longer fixed texts: hello, help, privacy."""

from __future__ import annotations

from core.commands import USAGES

START = """\
Hi, I'm Rapport. I remember the people, pets and things of this chat.

Send me a photo with /remember and a name, as in: /remember bo | dog | a Shiba Inu who loves snow
Then send any other photo, and I'll tell you whether bo is in it. /help lists the rest."""

PRIVACY = """\
What I keep: the photos you send with /remember or confirm with a button (shrunk), the names and texts \
you give them, who added them and when. It stays in this bot's own database and belongs to this chat \
alone: no other chat can see it.
What I don't keep: every other photo. I hold it in memory for {minutes} so that you can ask about it, \
then it is gone; it is never written to disk.
{generator}
/forget NAME makes me forget at once{undo}, /forgetall erases everything of this chat, and /export \
gives you all of it as a zip."""

_GROUPS = """\
In a group I answer to commands, mentions and replies; /settings changes that."""


def help_text() -> str:
    """Every command with what follows it and what it does."""
    lines = [
        f"/{usage.word}{' ' if usage.arguments else ''}{usage.arguments}: {usage.purpose}" for usage in USAGES
    ]
    return "\n".join(
        ["Send a photo, and I'll say who is there. You can ask about it, too.", "", *lines, "", _GROUPS]
    )


def privacy_text(photo_minutes: float, undo_seconds: int, remote: bool) -> str:
    """What is kept and for how long, with this host's own numbers."""
    return PRIVACY.format(
        minutes=f"{photo_minutes:g} minutes",
        undo=f" and erases it for good after {undo_seconds} seconds" if undo_seconds else " and for good",
        generator=(
            "Photos that you ask about go to the language-model server that my host has set up."
            if remote
            else "Nothing leaves the computer that I run on, apart from the chat itself."
        ),
    )
