"""One of the things that were told of a name is forgotten in plain words, and nothing else."""

from __future__ import annotations

import pytest

from tests.core.assistant.test_assistant import Talk
from tests.core.assistant.test_assistant import talk as talk  # noqa: PLC0414 - a fixture
from tests.support.fakes import blocks


async def _mia(talk: Talk, *texts: str) -> None:
    await talk.say("/remember Mia | cat", blocks("red"))
    for text in texts:
        await talk.say(f"/describe Mia | {text}")


async def _facts(talk: Talk) -> tuple[str, ...]:
    return (await talk.say("/list")).cards[0].facts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("forget that Mia hates water", "hates water"),
        ("please forget that Mia hates water.", "hates water"),
        ("vergiss, dass Mia Wasser hasst", "hasst Wasser"),
        ("olvida que Mia odia el agua", "odia el agua"),
        ("忘掉Mia讨厌水这件事", "讨厌水"),
        ("把Mia讨厌水这件事忘掉", "讨厌水"),
    ],
)
async def test_the_fact_that_is_said_goes_and_comes_back(talk: Talk, text: str, told: str) -> None:
    await _mia(talk, "is twelve", told, "likes carrots")
    forgotten = await talk.say(text)
    assert told in forgotten.text
    assert await _facts(talk) == ("is twelve", "likes carrots")
    await talk.press(forgotten, "Undo")
    assert await _facts(talk) == ("is twelve", told, "likes carrots")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("forget that Mia is afraid of cats", "Nobody has told me that about Mia."),
        ("forget that Mia loves water", "Nobody has told me that about Mia."),
        ("forget that Mia likes the vet", "Which of these about Mia shall I forget?"),
        ("don't forget that Mia hates water", ""),
        ("did you forget that Mia hates water?", ""),
    ],
)
async def test_where_none_or_several_fit_or_nothing_is_asked_nothing_goes(talk: Talk, text: str, said: str) -> None:
    await _mia(talk, "hates water", "is afraid of dogs", "likes the vet a lot", "likes the vet in town")
    before = await _facts(talk)
    assert said in (await talk.say(text)).text
    assert (await _facts(talk))[: len(before)] == before
