"""Commands: how they are declared, read and listed, who may use them, and what a chat can set.

`@command` declares one, a `Registry` reads texts; `ChatSettings` are a chat's own choices.
"""

from core.commands.registry import Command, Registry, Rights, command
from core.commands.settings import ChatSettings

__all__ = ["ChatSettings", "Command", "Registry", "Rights", "command"]
