"""Who may talk to the bot at all, as its host decides."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import NotAllowed
from core.messages import Message


@dataclass(frozen=True, slots=True)
class Access:
    """The host's lists.

    An entry is a person, a chat, a server or a whole platform: "user:telegram:12345",
    "chat:telegram:-100123", "guild:discord:777", "platform:discord". `owners` are persons
    ("telegram:12345"). `messengers` are the platforms on which anybody can find the bot: the allow-list is
    about these alone, as the other ways in (the web page, a terminal, a pipe) have locks of their own.
    """

    owners: frozenset[str] = frozenset()
    allow: frozenset[str] = frozenset()
    block: frozenset[str] = frozenset()
    messengers: frozenset[str] = frozenset({"telegram", "discord"})

    def owns(self, message: Message) -> bool:
        """Whether the sender is the bot's owner: one of the list, or who sits at its machine."""
        platform = message.chat.platform
        if f"{platform}:{message.sender.id}" in self.owners:
            return True
        return message.sender.admin and platform not in self.messengers

    def blocks(self, message: Message) -> bool:
        """Whether the message comes from somebody or somewhere that gets no answer at all."""
        return not self.owns(message) and bool(self.block & _names(message))

    def require(self, message: Message) -> None:
        """Raise `NotAllowed`, with what to ask the host for, unless the message may be answered."""
        if not self._is_listed(message):
            raise NotAllowed(
                "I talk only where my host lets me. They can put {chat} or {person} on access.allow.",
                chat=f'"chat:{message.chat.key}"',
                person=f'"user:{message.chat.platform}:{message.sender.id}"',
            )

    def admits(self, message: Message) -> bool:
        """Whether the message may be answered, that is whether neither list is against it."""
        return not self.blocks(message) and self._is_listed(message)

    def _is_listed(self, message: Message) -> bool:
        if not self.allow or message.chat.platform not in self.messengers or self.owns(message):
            return True
        return bool(self.allow & _names(message))


def _names(message: Message) -> set[str]:
    """What entries of a list can speak of the message by."""
    chat = message.chat
    names = {f"platform:{chat.platform}", f"chat:{chat.key}", f"user:{chat.platform}:{message.sender.id}"}
    return names | ({f"guild:{chat.platform}:{chat.guild}"} if chat.guild else set())
