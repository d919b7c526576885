"""Who may talk to the bot at all, as its host decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from core.errors import NotAllowed
from core.options import Section

if TYPE_CHECKING:
    from core.messages import Message

_Owner = Annotated[str, StringConstraints(pattern=r"^[a-z]+:.+$")]
_Listed = Annotated[str, StringConstraints(pattern=r"^(platform:[a-z]+|(user|chat|guild):[a-z]+:.+)$")]

_WITH_ADMINS = frozenset({"telegram", "discord", "pipe"})  # an admin there is that of a group, and not the host
MESSENGERS = frozenset({"telegram", "discord"})
"""The platforms on which anybody can find the bot. The other ways in (the web page, a terminal, a pipe) have
locks of their own, and the allow-list is not about them."""


class Access(Section):
    """`[access]`: who may talk to the bot on Telegram and Discord; entries are explained in the README.

    An entry is a person, a chat, a server or a whole platform: "user:telegram:12345",
    "chat:telegram:-100123", "guild:discord:777", "platform:discord". A chat's entry also means what is written in its
    name elsewhere (a channel in a group). Owners are persons ("telegram:12345").
    """

    owners: tuple[_Owner, ...] = Field((), description='Your own accounts, as "telegram:12345".')
    allow: tuple[_Listed, ...] = Field(
        (), description='If not empty: only these, as "user:telegram:12345", "chat:…", "guild:discord:777".'
    )
    block: tuple[_Listed, ...] = Field((), description="These get no answer; written in the same way.")

    def owns(self, message: Message) -> bool:
        """Whether the sender is the bot's owner: a person of the list, or who sits at its machine."""
        platform, sender = message.chat.platform, message.sender
        if f"{platform}:{sender.id}" in self.owners:
            return not sender.is_chat  # in a chat's name any of its admins may write
        return sender.admin and platform not in _WITH_ADMINS

    def blocks(self, message: Message) -> bool:
        """Whether the message comes from somebody or somewhere that gets no answer at all."""
        return not self.owns(message) and not _names(message).isdisjoint(self.block)

    def require(self, message: Message) -> None:
        """Raise `NotAllowed`, with what to ask the host for, unless the message may be answered."""
        if not self._is_listed(message):
            raise NotAllowed(
                "I talk only where my host lets me. Ask them to let me in here, and pass this on: {chat} or {person}",
                chat=f'"chat:{message.chat.key}"',
                person=f'"user:{message.chat.platform}:{message.sender.id}"',
            )

    def admits(self, message: Message) -> bool:
        """Whether the message may be answered, that is whether neither list is against it."""
        return not self.blocks(message) and self._is_listed(message)

    def _is_listed(self, message: Message) -> bool:
        if not self.allow or message.chat.platform not in MESSENGERS or self.owns(message):
            return True
        return not _names(message).isdisjoint(self.allow)


def _names(message: Message) -> set[str]:
    """What entries of a list can speak of the message by."""
    chat, sender = message.chat, message.sender
    names = {f"platform:{chat.platform}", f"chat:{chat.key}", f"user:{chat.platform}:{sender.id}"}
    names |= {f"chat:{chat.platform}:{sender.id}"} if sender.is_chat else set()
    return names | ({f"guild:{chat.platform}:{chat.guild}"} if chat.guild else set())
