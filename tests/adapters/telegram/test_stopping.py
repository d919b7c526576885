"""Long work shows on Telegram how far it is, with a button that stops it; /stop waits for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import skip
from tests.support.peers.telegram_people import People, telegram, words
from tests.support.recorder import LongWork

GROUP = -5


async def progress(people: People, chat_id: int) -> dict[str, Any]:
    """The message that shows how far it is."""
    await people.say("/import", chat_id=chat_id)
    (shown,) = await people.answers(chat_id)
    assert words(shown) == "1 of 3 photos…"
    return shown


class Slow(LongWork):
    """Takes more than a second of Telegram's time for what it shows."""

    async def answer(self, message: Any) -> Any:
        if message.text != "/stop":
            skip(0.1)  # five seconds of the quick clock
        async for reply in super().answer(message):
            yield reply


@pytest.mark.parametrize("chat_id", [7, GROUP])
async def test_pressing_stop_stops_it_and_the_progress_becomes_the_reply(tmp_path: Path, chat_id: int) -> None:
    async with telegram(tmp_path, assistant=Slow()) as people:
        shown = await progress(people, chat_id)
        await people.press(shown, "Stop")
        assert words((await people.answers(chat_id))[0]) == "I'm stopping."
        await people.peer.wait_for(lambda: words(shown) == "I've stopped.")
        assert not shown.get("reply_markup")


async def test_saying_stop_stops_it(tmp_path: Path) -> None:
    async with telegram(tmp_path, assistant=Slow()) as people:
        shown = await progress(people, GROUP)
        assert words(await people.ask("/stop", chat_id=GROUP)) == "I'm stopping."
        await people.peer.wait_for(lambda: words(shown) == "I've stopped.")
