"""`python -m bot data build` with a teacher, from the command line to the samples."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from bot.__main__ import app
from bot.data.records import Description
from bot.data.steps import read_lines
from tests.support.collections_on_disk import colours
from tests.support.peers.openai import Answer, openai_peer


async def run(*words: object) -> tuple[int, str]:
    """On a thread of its own: the server that it asks is in this process."""
    result = await asyncio.to_thread(CliRunner().invoke, app, ["data", "build", *(str(word) for word in words)])
    return result.exit_code, result.output


def describes(question: dict[str, Any]) -> Answer:
    views = json.dumps(question["messages"]).count("the whole picture (")
    captions = [{"view": number, "caption": "<name> fills it all."} for number in range(1, views + 1)]
    asked = [{"question": "Is <name> plain?", "answer": "Yes, <name> is plain.", "about": "text", "view": 0}]
    text = {"category": "card", "description": "<name> is a plain card.", "captions": captions, "questions": asked}
    return Answer([json.dumps(text)], usage=(900, 100))


async def test_a_teacher_describes_what_the_samples_then_tell(tmp_path: Path) -> None:
    photos, out = colours(tmp_path / "photos", 3), tmp_path / "out"
    async with openai_peer() as peer:
        peer.script = describes
        asked = (out, "--from", photos, "--teacher", "llava", "--teacher-url", peer.url)

        code, shown = await run(*asked, "--dry-run")
        assert code == 0, shown
        assert "Nobody was asked." in shown
        assert peer.questions == []

        code, output = await run(*asked)
        assert code == 0, output
        again = len(peer.questions)
        code, _ = await run(*asked)
        assert code == 0
        assert len(peer.questions) == again

    described = read_lines(out / "descriptions.jsonl", Description)
    assert f"Requests: {len(described)}," in shown
    assert {one.teacher for one in described} == {"llava"}
    assert {one.info for one in described} == {f"<{one.name}> is a plain card." for one in described}
    samples = (out / "rap" / "train.json").read_text()
    assert "is a plain card." in samples


async def test_a_build_that_reaches_its_budget_says_so_and_goes_on_later(tmp_path: Path) -> None:
    photos, out = colours(tmp_path / "photos", 3), tmp_path / "out"
    async with openai_peer() as peer:
        peer.script = describes
        asked = (out, "--from", photos, "--teacher", "llava", "--teacher-url", peer.url)
        code, output = await run(*asked, "--budget", 9000)
        assert code == 1
        assert "The budget of 9,000 tokens is reached" in output
        paid = len(peer.questions)
        assert paid
        code, output = await run(*asked, "--budget", 9_000_000)
        assert code == 0, output
        assert len(peer.questions) == len(read_lines(out / "descriptions.jsonl", Description)) > paid
