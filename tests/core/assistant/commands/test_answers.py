"""What "yes" and "no" leave behind for the grades: once each, as long as the photo that they are about."""

from __future__ import annotations

import pytest

from core.messages import Reply
from tests.core.assistant.test_assistant import Talk, names
from tests.core.assistant.test_assistant import talk as talk  # noqa: PLC0414 - a fixture
from tests.support.fakes import blocks


def button(reply: Reply, start: str) -> str:
    return next(one.value for one in reply.buttons if one.value.startswith(start))


async def told(talk: Talk) -> list[bool]:
    """The answers that are kept, the newest first."""
    return [one.yes for chat in (await talk.running.store.answers()).values() for one in chat]


async def test_a_yes_and_a_no_are_kept_with_how_alike_it_was(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    await talk.say(button(await talk.say("", blocks("red")), "/confirm no").replace(" no ", " yes "), pressed=True)
    ((answer,),) = (await talk.running.store.answers()).values()
    assert answer.yes
    assert answer.evidence.score > 0.9
    assert (answer.evidence.next, answer.evidence.own) == (-1, -1)


@pytest.mark.parametrize("second", ["/wrong bo", "no, that's not bo", "no, that's Max"])
async def test_a_no_counts_once_by_button_and_in_words(talk: Talk, second: str) -> None:
    await talk.say("/remember bo", blocks("red"))
    seen = await talk.say("", blocks("red"))
    await talk.say(button(seen, "/confirm no"), pressed=True)
    await talk.say(second)
    assert await told(talk) == [False]
    concept = await talk.running.store.concept(talk.chat, "bo")
    references = await talk.running.store.references(talk.chat, concept.id)
    assert len([one for one in references if one.negative]) == 1


async def test_a_no_in_words_counts_once_with_the_button_after_it(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    seen = await talk.say("", blocks("red"))
    await talk.say("/wrong bo")
    again = await talk.say(button(seen, "/confirm no"), pressed=True)
    assert "counts once" in again.text
    assert await told(talk) == [False]


async def test_who_thinks_again_has_the_last_word(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    seen = await talk.say("", blocks("red"))
    no = button(seen, "/confirm no")
    await talk.say(no.replace(" no ", " yes "), pressed=True)
    await talk.say("/wrong bo")
    assert await told(talk) == [False, True]
    assert names(await talk.say("", blocks("red"))) == [None]


async def test_an_answer_goes_with_its_photo(talk: Talk) -> None:
    await talk.say("/remember bo", blocks("red"))
    denied = await talk.say(button(await talk.say("", blocks("red")), "/confirm no"), pressed=True)
    await talk.say(button(denied, "/undo"), pressed=True)
    assert await told(talk) == []
    await talk.say(button(await talk.say("", blocks("red")), "/confirm no"), pressed=True)
    assert await told(talk) == [False]
    await talk.say("/forget bo")
    assert await told(talk) == []
