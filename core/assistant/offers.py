"""What is offered to a command with a name that isn't known: the commands that may have been meant."""

from __future__ import annotations

from core.assistant.commands import COMMANDS
from core.assistant.request import Request
from core.assistant.services import Services
from core.assistant.suggestions import meant
from core.commands.registry import Call
from core.errors import UnknownConcept
from core.messages import LONGEST_VALUE, Button, Question, Reply


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
    buttons = [Button(name, text) for name, text in offered.items() if len(text.encode()) <= LONGEST_VALUE]
    return Reply(said, buttons=tuple(buttons), private=True, question=question)
