"""The story: one message becomes replies.

`Assistant.answer` is all that adapters call; it works with `Services`. `COMMANDS` is every command there is.
"""

from core.assistant.assistant import Assistant
from core.assistant.commands import COMMANDS
from core.assistant.services import Services

__all__ = ["COMMANDS", "Assistant", "Services"]
