"""All that was told of a name, changed at once as a form shows it: `/retell`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.assistant.test_assistant import ADMIN, ANN, BEN, Talk, talking
from tests.core.assistant.test_assistant import talk as talk  # noqa: PLC0414 - a fixture
from tests.support.fakes import blocks


async def _facts(talk: Talk) -> tuple[str, ...]:
    return (await talk.say("/list")).cards[0].facts


async def _tim(talk: Talk, *more: str) -> tuple[str, ...]:
    await talk.say("/remember Tim | | is a hamster", blocks("red"))
    for text in more:
        await talk.say(f"/describe Tim | {text}")
    return await _facts(talk)


async def test_lines_that_are_gone_are_dropped_new_ones_added_and_one_undo_takes_it_back(talk: Talk) -> None:
    before = await _tim(talk, "likes carrots", "is afraid of dogs")
    assert before == ("is a hamster", "likes carrots", "is afraid of dogs")
    reply = await talk.say("/retell Tim\n- is afraid of dogs\n+ bites | hard\n+ sings")
    assert reply.text == (
        "I've dropped 1 thing that I was told about Tim. Got it. Tim bites | hard. Tim sings. "
        "You can take that back for 30 seconds."
    )
    assert await _facts(talk) == ("is a hamster", "likes carrots", "bites | hard", "sings")
    assert (await talk.press(reply, "Undo")).text == "I know about Tim what I knew before."
    assert await _facts(talk) == before


async def test_what_was_told_meanwhile_stays(talk: Talk) -> None:
    await _tim(talk, "likes carrots")
    await talk.say("/settings edits anyone", sender=ADMIN)
    await talk.say("/describe Tim | told meanwhile", sender=BEN)
    await talk.say("/retell Tim\n- likes carrots\n+ likes salad")
    assert await _facts(talk) == ("is a hamster", "told meanwhile", "likes salad")


async def test_a_text_of_several_lines_or_with_a_wide_bar_is_one_line_and_can_go(talk: Talk) -> None:
    await talk.say("/remember Tim | | is\n  a hamster", blocks("red"))
    await talk.running.store.describe(talk.chat, (await talk.running.store.concept(talk.chat, "Tim")).id, "a｜b", ANN)
    assert await _facts(talk) == ("is a hamster", "a｜b")
    dropped = await talk.say("/retell Tim\n- is a hamster\n- a｜b")
    assert dropped.text.startswith("I've dropped 2 things that I was told about Tim.")
    assert await _facts(talk) == ()
    assert (await talk.press(dropped, "Undo")).text == "I know again what I was told about Tim."
    assert await _facts(talk) == ("is a hamster", "a｜b")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("- sings\n+ is a hamster", "That is what I know about Tim already."),
        ("is a hamster", "That form is broken; use /describe NAME | INFO instead."),
        ("-", "That form is broken; use /describe NAME | INFO instead."),
        (f"- is a hamster\n+ {'long ' * 500}", "That text is 2,499 characters long; 2,000 are the most I keep."),
    ],
)
async def test_a_form_that_says_nothing_or_too_much_changes_nothing(talk: Talk, form: str, said: str) -> None:
    before = await _tim(talk)
    assert (await talk.say(f"/retell Tim\n{form}")).text == said
    assert await _facts(talk) == before


async def test_without_time_for_an_undo_what_is_gone_is_erased_at_once(tmp_path: Path) -> None:
    async with talking(tmp_path, undo_seconds=0) as talk:
        await _tim(talk)
        for text in ("/retell Tim\n- is a hamster\n+ sings", "/undescribe 1"):
            reply = await talk.say(text)
            assert reply.buttons == ()
            assert "dropped" in reply.text
        assert await _facts(talk) == ()
