from __future__ import annotations

import pytest

from core.errors import NotAllowed
from core.messages import Chat, Message, Sender
from core.policy.access import Access

GROUP = Chat("telegram", "-100")
ANN = Sender("1", "Ann")


def message(chat: Chat = GROUP, sender: Sender = ANN) -> Message:
    return Message(chat, sender, "hello")


def lists(**entries: set[str]) -> Access:
    return Access(**{name: frozenset(chosen) for name, chosen in entries.items()})


def test_without_lists_everybody_may_talk() -> None:
    Access().require(message())
    assert not Access().blocks(message())


@pytest.mark.parametrize("entry", ["user:telegram:1", "chat:telegram:-100", "platform:telegram"])
def test_an_allow_list_lets_in_a_person_a_chat_or_a_platform(entry: str) -> None:
    lists(allow={entry}).require(message())


@pytest.mark.parametrize("entry", ["user:telegram:2", "chat:telegram:-1001", "user:discord:1", "guild:telegram:1"])
def test_an_allow_list_keeps_everybody_else_out_and_says_whom_to_ask(entry: str) -> None:
    with pytest.raises(NotAllowed, match=r"chat:telegram:-100.*user:telegram:1"):
        lists(allow={entry}).require(message())


def test_a_guild_is_let_in_or_blocked_as_a_whole() -> None:
    channel = Chat("discord", "5", guild="77")
    lists(allow={"guild:discord:77"}).require(message(channel))
    assert lists(block={"guild:discord:77"}).blocks(message(channel))
    assert not lists(block={"guild:discord:77"}).blocks(message(Chat("discord", "5", guild="78")))
    assert not lists(block={"guild:discord:77"}).blocks(message(Chat("discord", "5")))


@pytest.mark.parametrize("entry", ["user:telegram:1", "chat:telegram:-100", "platform:telegram"])
def test_a_block_wins_over_an_allow(entry: str) -> None:
    assert lists(block={entry}, allow={"user:telegram:1"}).blocks(message())


def test_the_owner_is_let_in_everywhere() -> None:
    access = lists(owners={"telegram:1"}, block={"chat:telegram:-100"}, allow={"user:telegram:9"})
    access.require(message())
    assert not access.blocks(message())
    assert access.owns(message())
    assert not access.owns(message(sender=Sender("2")))


def test_a_chats_admin_is_no_owner_but_who_sits_at_the_machine_is() -> None:
    admin = Sender("1", admin=True)
    assert not Access().owns(message(sender=admin))
    assert Access().owns(message(Chat("web", "home"), admin))
    assert not Access().owns(message(Chat("web", "home"), ANN))


def test_a_groups_admin_behind_a_pipe_is_no_owner_unless_the_host_says_so() -> None:
    admin = message(Chat("pipe", "home"), Sender("u1", admin=True))
    assert not Access().owns(admin)
    assert lists(owners={"pipe:u1"}).owns(admin)


def test_what_is_written_in_the_name_of_a_chat_is_listed_as_that_chat_and_owns_nothing() -> None:
    channel = message(sender=Sender("-9", "Snow News", is_chat=True))
    assert lists(block={"chat:telegram:-9"}).blocks(channel)
    assert lists(allow={"chat:telegram:-9"}).admits(channel)
    assert not lists(block={"chat:telegram:1"}).blocks(message())
    assert not lists(owners={"telegram:-9"}).owns(channel)


def test_the_allow_list_is_about_messengers_and_leaves_the_web_page_to_its_own_lock() -> None:
    lists(allow={"user:telegram:9"}).require(message(Chat("web", "home")))


def test_who_is_blocked_or_not_on_the_allow_list_is_not_admitted() -> None:
    assert Access().admits(message())
    assert not lists(block={"user:telegram:1"}).admits(message())
    assert not lists(allow={"user:telegram:2"}).admits(message())
    assert lists(allow={"user:telegram:2"}, owners={"telegram:1"}).admits(message())
