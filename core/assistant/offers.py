"""Commands that a reply offers: whom somebody may have meant whose name isn't known, in buttons that platforms take."""

from __future__ import annotations

from core.assistant.commands import COMMANDS
from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.suggestions import meant
from core.commands.registry import Call
from core.errors import UnknownConcept
from core.messages import LONGEST_VALUE, Button, Question, Reply


def buttons(*choices: tuple[str, str]) -> tuple[Button, ...]:
    """Buttons of labels and commands; a command that is too long for one is left to be typed."""
    return tuple(Button(label, value) for label, value in choices if len(value.encode()) <= LONGEST_VALUE)


async def did_you_mean(services: Services, request: Request, call: Call, error: UnknownConcept) -> Reply:
    """What is answered to a command with a name that isn't known: whom it may have meant, each with the command.

    Raises the error where nobody comes near. Nothing is carried out before somebody has chosen.
    """
    typed = error.message.values.get("name")
    names = [one.name for one in await services.store.concepts(request.chat)]
    close = meant(typed, names) if isinstance(typed, str) else []
    offered = {name: COMMANDS.respelled(call.text, str(typed), name) for name in close}
    offered = {name: text for name, text in offered.items() if text}
    if not offered:
        raise error
    translator = request.translator
    said = translator.gettext(
        "I don't know {name}. Did you mean {others}?",
        name=typed,
        others=translator.format_list(list(offered), last="or"),
    )
    question = Question(yes=next(iter(offered.values()))) if len(offered) == 1 else None
    return Reply(said, buttons=buttons(*offered.items()), private=True, question=question)
