"""What /privacy tells of a host's numbers, in every language."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.assistant.commands.browse import privacy
from core.assistant.request import Request
from core.i18n.translator import LANGUAGES, Translators
from core.messages import Chat, Message
from core.options import ChatOptions
from tests.core.assistant.test_assistant import ANN, talking

NOTHING_KEPT = {"en": "as soon as I've answered", "de": "sobald ich geantwortet", "es": "en cuanto he", "zh": "回答完"}
UNTIL_ANEW = {"en": "when I'm started anew", "de": "neu gestartet", "es": "me reinician", "zh": "重新启动"}


async def told(folder: Path, **options: Any) -> dict[str, str]:
    """What /privacy says on the web page, by language."""
    async with talking(folder) as talk:
        services = replace(talk.running.assistant._services, chat_options=ChatOptions(**options))
        request = await Request.read(services, Message(Chat("web", "home", private=True), ANN, "/privacy"))
        found = {}
        for language in LANGUAGES:
            answer = privacy.run(services, replace(request, translator=Translators.load().of(language)), None)
            assert not isinstance(answer, AsyncGenerator)
            found[language] = (await answer).text
    return found


@pytest.mark.parametrize(
    ("number", "minutes", "days"),
    [
        (1, ("1 minute so", "1 Minute im", "1 minuto para", "留 1 分钟"), ("1 day,", "1 Tag ", "1 día ", "保留 1 天")),
        (30, ("30 minutes", "30 Minuten", "30 minutos", "留 30 分钟"), ("30 days", "30 Tage", "30 días", "30 天")),
        (1.5, ("1.5 minutes", "1,5 Minuten", "1,5 minutos", "1.5 分"), ("1.5 days", "1,5 Tage", "1,5 días", "1.5 天")),
    ],
)
async def test_numbers_stand_with_their_nouns(
    tmp_path: Path, number: float, minutes: tuple[str, ...], days: tuple[str, ...]
) -> None:
    texts = await told(tmp_path, photo_minutes=number, history_days=number)
    for text, minute, day in zip(texts.values(), minutes, days, strict=True):
        assert minute in text
        assert day in text


async def test_what_is_set_to_0_is_told_in_words(tmp_path: Path) -> None:
    texts = await told(tmp_path, photo_minutes=0, history_days=0, undo_seconds=0)
    for language, text in texts.items():
        assert NOTHING_KEPT[language] in text
        assert UNTIL_ANEW[language] in text
        assert not any(letter.isdigit() for letter in text), text
