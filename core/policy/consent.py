"""What people agree to when they let what they taught be used for training, and who can."""

from __future__ import annotations

from core.i18n.lazy_strings import gettext_noop
from core.messages import Sender

WORDING = 1
"""The number of the wording below. Whoever changes what it means raises it: a consent to another one counts no more."""

MEANS = gettext_noop(
    "If you agree, the photos that you have taught me with in this chat, and the texts that you have told me about "
    "whom they show, may be used to train a model on my host's computer, now and as long as you agree. The names "
    "that I know are replaced by made-up ones or left out. Such a model may answer in other chats, too.\n"
    "/consent no takes it back at any time: whatever is put together for training after that has nothing of yours. A "
    "model that was trained before can't unlearn what it has seen.\n"
    "Your photos may show other people, and may have been taken or sent by others: agree only if they are fine with it."
)


def may_agree(sender: Sender) -> bool:
    """Whether the sender is somebody who can agree: no anonymous one, and nothing written as a channel or a group."""
    return bool(sender.id) and not sender.is_chat
