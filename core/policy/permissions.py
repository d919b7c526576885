"""Who may change what: anyone may remember; what somebody else remembered needs its creator or an admin."""

from __future__ import annotations

from core.commands.settings import ChatSettings, Edits
from core.concepts import Concept
from core.errors import NotAllowed
from core.messages import Message, Sender
from core.store.store import Store


def may_edit(sender: Sender, creator_id: str, settings: ChatSettings) -> bool:
    """Whether the sender may change what `creator_id` made."""
    return sender.admin or sender.id == creator_id or settings.edits is Edits.ANYONE


async def require_edit(store: Store, message: Message, concept: Concept, refusal: str) -> None:
    """Raise `NotAllowed` unless the message's sender may change the concept.

    `refusal` is the sentence for that; {creator} and {name} in it are who made the concept and its name.
    """
    settings = ChatSettings.of((await store.state(message.chat)).settings)
    if not may_edit(message.sender, concept.creator_id, settings):
        raise NotAllowed(refusal, creator=concept.creator_name, name=concept.name)


def require_admin(message: Message, refusal: str) -> None:
    """Raise `NotAllowed`, with that sentence, unless the sender is the chat's admin or alone with the bot."""
    if not (message.sender.admin or message.chat.private):
        raise NotAllowed(refusal)
