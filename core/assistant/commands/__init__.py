"""What carries each command out, one file for each family of them; `COMMANDS` is every command there is."""

from core.assistant.commands.registered import COMMANDS

__all__ = ["COMMANDS"]
