"""`python -m bot data build` with a teacher, from the command line to the samples."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot import config
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


async def test_the_documented_variable_holds_the_key_and_disturbs_no_other_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (documented,) = re.findall(r"^    export (\w+)=", Path("docs/training.md").read_text("utf-8"), re.MULTILINE)
    monkeypatch.setenv(documented, "sk-very-secret")
    config.load()
    async with openai_peer() as peer:
        peer.key, peer.script = "sk-very-secret", describes
        asked = ("--from", colours(tmp_path / "photos", 3), "--teacher", "llava", "--teacher-url", peer.url)
        code, output = await run(tmp_path / "out", *asked)
    assert code == 0, output
    assert peer.questions


async def test_a_server_elsewhere_is_not_asked_without_a_key(tmp_path: Path) -> None:
    photos = colours(tmp_path / "photos", 3)
    code, output = await run(tmp_path / "out", "--from", photos, "--teacher", "m")
    assert code == 1
    assert "There is no key in TEACHER_KEY for the teacher at generativelanguage" in " ".join(output.split())
    assert not (tmp_path / "out").exists()
    code, output = await run(tmp_path / "out", "--from", photos, "--teacher", "m", "--dry-run")
    assert code == 0, output


@pytest.mark.parametrize("name", ["RAPPORT_KEY", "rapport_key", ""])
async def test_the_keys_variable_is_none_of_the_bots_settings(tmp_path: Path, name: str) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(f'[teacher]\nkey_variable = "{name}"\n', "utf-8-sig")
    code, output = await run(tmp_path / "out", "--from", tmp_path, "--plan", plan)
    assert code == 1
    assert "teacher.key_variable: Name a variable that doesn't begin with RAPPORT_" in " ".join(output.split())


async def test_a_wrong_flag_is_not_blamed_on_the_plan(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text("[teacher]\nviews = 2\nrate = 1\n")
    code, output = await run(tmp_path / "out", "--from", tmp_path, "--plan", plan, "--budget", 0)
    assert code == 1
    assert output.startswith("On the command line, teacher.budget: ")
    plan.write_text("[teacher]\nbudget = 0\n")
    code, output = await run(tmp_path / "out", "--from", tmp_path, "--plan", plan)
    assert "plan.toml, teacher.budget: " in output
