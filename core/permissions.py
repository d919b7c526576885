"""Who may change what: anyone may remember; what somebody else remembered needs its creator or an admin."""

from __future__ import annotations

from core.concepts import Concept
from core.errors import NotAllowed
from core.messages import Message, Sender
from core.options import ChatSettings, Edits
from core.store import Store


def may_edit(sender: Sender, creator_id: str, settings: ChatSettings) -> bool:
    """Whether the sender may change what `creator_id` made."""
    return sender.admin or sender.id == creator_id or settings.edits is Edits.ANYONE


async def require_edit(store: Store, message: Message, concept: Concept, deed: str) -> None:
    """Raise `NotAllowed`, naming who may, unless the message's sender may do `deed` to the concept."""
    settings = ChatSettings.of((await store.state(message.chat)).settings)
    if not may_edit(message.sender, concept.creator_id, settings):
        raise NotAllowed(f"Only {concept.creator_name} or an admin of this chat may {deed} {concept.name}.")


def require_admin(message: Message, deed: str) -> None:
    """Raise `NotAllowed` unless the sender is the chat's admin or is alone with the bot."""
    if not (message.sender.admin or message.chat.private):
        raise NotAllowed(f"Only an admin of this chat may {deed}.")
