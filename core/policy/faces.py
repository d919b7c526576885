"""Whether a chat compares faces: they are biometric, so a group does only when an admin says so."""

from __future__ import annotations

from core.commands.settings import ChatSettings, Faces
from core.messages import Chat


def compares_faces(settings: ChatSettings, chat: Chat) -> bool:
    """Whether people may be known by their faces here; unless somebody has chosen, where one is alone with the bot."""
    if settings.faces is Faces.AUTO:
        return chat.private or chat.platform == "web"
    return settings.faces is Faces.ON
