"""What is forgotten while a language model answers comes back nowhere."""

from pathlib import Path

import pytest

from tests.support.forgetting import WAYS, attempts, leaks, parroting_bot

ATTEMPTS = attempts(50)


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_forgotten_under_an_answer_comes_back_nowhere(tmp_path: Path, way: str) -> None:
    async with parroting_bot(tmp_path) as bot:
        found = [leak for one in ATTEMPTS if one.way == way for leak in await leaks(bot, one)]
    assert found == []
