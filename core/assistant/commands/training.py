"""Whether a model may learn from a chat: what turning that on means, and `/consent`, each person's own word on it."""

from __future__ import annotations

from core.assistant.request import Request
from core.assistant.services import Services
from core.commands.registry import command
from core.commands.settings import TrainingUse
from core.errors import UserError
from core.i18n.lazy_strings import gettext_noop
from core.i18n.translator import Translator
from core.messages import Button, Question, Reply
from core.policy.consent import MEANS, WORDING
from core.store.values import Consents

_QUESTION = gettext_noop(
    "Then I ask each of you here, and use nothing of whoever doesn't agree. It is about the photos and texts that "
    "people have taught me here: a model is trained with them on my host's computer, and can't unlearn them when "
    "somebody takes their consent back later. The people in the photos may be others than those who taught me: see "
    "that they are fine with it. /settings training off takes everybody's consent back at once. Shall I?"
)
_ALLOWED = gettext_noop("A model may learn from this chat now, but only from those who agree. Each of you decides:")
_NOT_ALLOWED = gettext_noop(
    "Nothing of this chat is used to train a model. An admin can allow it with /settings training on; then I ask each "
    "of you."
)
_AGREED = gettext_noop("I've noted that you agree. /consent no takes it back.")
_WITHDRAWN = gettext_noop(
    "I've taken your consent back: whatever is put together for training from now on has nothing of yours from here. "
    "What a model was trained with before stays in it."
)
_NO_CONSENT = gettext_noop("You don't agree to anything here, so nothing of yours is used to train a model.")


def read_consent(rest: str) -> tuple[bool | None, int | None]:
    """Nothing, yes or no; behind a yes the number of the wording, which a button adds."""
    match rest.casefold().split():
        case []:
            return None, None
        case ["no"]:
            return False, None
        case ["yes"]:
            return True, None
        case ["yes", number] if number.isdecimal():
            return True, int(number[:9])
    raise UserError("Write /consent yes or /consent no; /consent alone says what it is about.")


@command(
    "consent",
    read_consent,
    arguments=gettext_noop("yes | no"),
    purpose=gettext_noop("whether a model may learn from what you taught me"),
)
async def consent(services: Services, request: Request, given: tuple[bool | None, int | None]) -> Reply:
    """Say what consent is about and how the sender stands to it; note it, or take it back at once.

    In a private chat it is taken back everywhere on its platform: somebody may have left the group where they agreed.
    """
    agrees, wording = given
    store, translator = services.store, request.translator
    if agrees:
        await store.agree(request.chat, request.sender, WORDING if wording is None else wording)
        unread = wording is None  # typed, not pressed below the words
        parts = [translator.gettext(one) for one in (_AGREED, *([MEANS] if unread else []))]
        return Reply("\n\n".join(parts), private=True)
    if agrees is None:
        return _standing(request, await store.consents(request.chat))
    count = await store.withdraw(request.chat, request.sender)
    if not request.chat.private:
        return Reply(translator.gettext(_WITHDRAWN if count else _NO_CONSENT), private=True)
    said = translator.ngettext(
        "I've taken your consent back in {count} chat: whatever is put together for training from now on has nothing "
        "of yours. What a model was trained with before stays in it.",
        "I've taken your consent back in {count} chats: whatever is put together for training from now on has nothing "
        "of yours. What a model was trained with before stays in it.",
        count,
    )
    return Reply(said if count else translator.gettext(_NO_CONSENT), private=True)


def _standing(request: Request, consents: Consents) -> Reply:
    """What consent is about, who has turned it on, and whether the sender agrees."""
    translator = request.translator
    if request.settings.training is TrainingUse.OFF:
        return Reply(translator.gettext(_NOT_ALLOWED), private=True)
    said = [translator.gettext(MEANS)]
    if consents.opened:
        day = translator.format_date(consents.opened.at)
        told = gettext_noop("{name} has allowed training here on {day}.")
        told = told if consents.opened.name else gettext_noop("Training was allowed here on {day}.")
        said.append(translator.gettext(told, name=consents.opened.name, day=day))
    if mine := consents.of(request.sender.id):
        said.append(translator.gettext("You agreed on {day}.", day=translator.format_date(mine.at)))
        buttons = (Button(translator.gettext("I no longer agree"), "/consent no"),)
    else:
        said.append(translator.gettext("You haven't agreed, so nothing of yours is used."))
        buttons = (_agree_button(translator),)
    return Reply("\n\n".join(said), buttons=buttons, private=True)


def _agree_button(translator: Translator) -> Button:
    return Button(translator.gettext("I agree"), f"/consent yes {WORDING}")


def whether_to_allow(request: Request) -> Reply:
    """What turning training on means, and the button that does it; alone with the bot that is consent itself."""
    translator, yes = request.translator, "/settings training on yes"
    if request.chat.private:
        said = "\n\n".join([translator.gettext(MEANS), translator.gettext("Do you agree?")])
        button = Button(translator.gettext("I agree"), yes)
    else:
        said, button = translator.gettext(_QUESTION), Button(translator.gettext("Yes, allow it"), yes)
    return Reply(said, buttons=(button,), question=Question(yes=yes), private=True)


def allowed(request: Request) -> Reply:
    """Training is on now: ask everybody in a group, with a button for each; who is alone has agreed by that."""
    translator = request.translator
    if request.chat.private:
        return Reply(translator.gettext(_AGREED))
    said = [translator.gettext(_ALLOWED), translator.gettext(MEANS)]
    return Reply("\n\n".join(said), buttons=(_agree_button(translator),))
