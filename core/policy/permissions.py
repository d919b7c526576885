"""Who may change what: anyone may remember; what somebody else remembered needs its creator or an admin.

The store asks these in each edit, so that no command, button, import or undo can go round them.
"""

from __future__ import annotations

from dataclasses import replace

from core.commands.settings import ChatSettings, Edits
from core.messages import Chat, Sender


def is_admin(sender: Sender, chat: Chat) -> bool:
    """Whether the sender is the chat's admin, or alone in it with the bot."""
    return sender.admin or chat.private


def is_own(sender: Sender, creator_id: str) -> bool:
    """Whether the sender made it. Who is anonymous (no id) made nothing."""
    return bool(sender.id) and sender.id == creator_id


def may_press(sender: Sender, chat: Chat, settings: ChatSettings) -> bool:
    """Whether the sender may press what takes their change back: a press never comes from nobody, or from a chat."""
    return may_edit(replace(sender, id="") if sender.is_chat else sender, chat, sender.id, settings)


def may_edit(sender: Sender, chat: Chat, creator_id: str, settings: ChatSettings) -> bool:
    """Whether the sender may change what `creator_id` made."""
    return is_own(sender, creator_id) or is_admin(sender, chat) or settings.edits is Edits.ANYONE
