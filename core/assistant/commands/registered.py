"""Every command there is: a new one is a new file beside this one, and one name in the list here."""

from __future__ import annotations

from core.assistant.commands.browse import privacy, show, show_all
from core.assistant.commands.doubts import fine
from core.assistant.commands.edit import (
    categorise,
    describe,
    forget,
    forget_all,
    rename,
    retell,
    settings,
    undescribe,
    undo,
    untell,
)
from core.assistant.commands.faces import opt_out
from core.assistant.commands.mending import cover, merge, move, remove
from core.assistant.commands.pointing import point
from core.assistant.commands.remember import aim, confirm, remember, wrong
from core.assistant.commands.reviewing import review
from core.assistant.commands.seen import keep, photos, seen, unkeep
from core.assistant.commands.stats import stats
from core.assistant.commands.training import consent
from core.assistant.commands.transfer import export, import_, stop
from core.assistant.request import Request
from core.assistant.services import Services
from core.commands.registry import Registry, command
from core.i18n.lazy_strings import gettext_noop
from core.language.wording import GROUPS, HELP, START
from core.messages import Button, Reply


@command(
    "help",
    lambda rest: rest.casefold(),
    arguments=gettext_noop("COMMAND"),
    purpose=gettext_noop("what you can say to me; with a command, more about it"),
)
async def show_help(_: Services, request: Request, about: str) -> Reply:
    """What can be said to the bot, and what the platform keeps from it here; all commands, or one, where asked for."""
    translator = request.translator
    if about == "all":
        return Reply(COMMANDS.help(translator))
    if about:
        return Reply(COMMANDS.help_on(about, translator))
    groups = "" if request.chat.private else translator.gettext(GROUPS)
    said = [translator.gettext(HELP), groups, translator.gettext(request.message.caveat)]
    every = Button(translator.gettext("All commands"), "/help all")
    return Reply("\n\n".join(filter(None, said)), buttons=(every,))


@command("start")
async def start(_: Services, request: Request, __: None) -> Reply:
    """The first hello."""
    return Reply(request.translator.gettext(START))


COMMANDS = Registry(
    remember,
    forget,
    show_all,
    show,
    seen,
    keep,
    photos,
    unkeep,
    describe,
    rename,
    categorise,
    wrong,
    merge,
    remove,
    move,
    cover,
    review,
    undo,
    export,
    import_,
    stop,
    forget_all,
    settings,
    consent,
    opt_out,
    privacy,
    show_help,
    start,
    stats,
    undescribe,
    retell,
    untell,
    confirm,
    fine,
    aim,
    point,
)
