"""The bot's longer fixed texts: hello, help, privacy."""

from __future__ import annotations

from core.commands.registry import USAGES, Usage
from core.i18n.lazy_strings import gettext_noop, lazy_gettext, lazy_ngettext
from core.i18n.translator import Translator

START = gettext_noop(
    "Hi, I'm Rapport. I remember the people, pets and things of this chat.\n"
    "\n"
    "Send me a photo with /remember and a name, as in: /remember bo | dog | a Shiba Inu who loves snow\n"
    "Then send any other photo, and I'll tell you whether bo is in it. /help lists the rest."
)


KEPT = gettext_noop(
    "What I keep: the photos you send with /remember or confirm with a button (shrunk), the names and "
    "texts you give them, who added them and when. It stays in this bot's own database and belongs to "
    "this chat alone: no other chat can see it."
)
PASSING = gettext_noop(
    "What I don't keep: every other photo. I hold it in memory for {minutes} minutes so that you can ask "
    "about it, then it is gone; it is never written to disk."
)
REMOTE = gettext_noop("Photos that you ask about go to the language-model server that my host has set up.")
LOCAL = gettext_noop("Nothing leaves the computer that I run on, apart from the chat itself.")
WAYS_OUT = gettext_noop(
    "/forget NAME makes me forget at once, {undo}. /forgetall erases everything of this chat, and /export "
    "gives you all of it as a zip."
)


def help_text(translator: Translator) -> str:
    """Every command with what follows it and what it does."""
    lines = [f"{_typed(usage, translator)}: {translator.gettext(usage.purpose)}" for usage in USAGES]
    opening = translator.gettext("Send a photo, and I'll say who is there. You can ask about it, too.")
    groups = translator.gettext("In a group I answer to commands, mentions and replies; /settings changes that.")
    return "\n".join([opening, "", *lines, "", groups])


def _typed(usage: Usage, translator: Translator) -> str:
    return f"/{usage.word} {translator.gettext(usage.arguments)}".rstrip()


def privacy_text(translator: Translator, photo_minutes: float, undo_seconds: int, remote: bool) -> str:
    """What is kept and for how long, with this host's own numbers."""
    undo = (
        lazy_ngettext("and for good after {count} second", "and for good after {count} seconds", undo_seconds)
        if undo_seconds
        else lazy_gettext("and for good")
    )
    return "\n".join(
        [
            translator.gettext(KEPT),
            translator.gettext(PASSING, minutes=photo_minutes),
            translator.gettext(REMOTE if remote else LOCAL),
            translator.gettext(WAYS_OUT, undo=undo),
        ]
    )
