"""Plain instruction data in LLaVA-Instruct's layout."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from bot.data import steps
from bot.data.instructions import InstructionOptions, Instructions, conversations
from bot.data.records import Exchange
from bot.data.samples import Kind, Turn
from bot.data.steps import Made
from core.errors import ConfigError


def said(*lines: str) -> list[dict[str, str]]:
    return [{"from": ("human", "gpt")[at % 2], "value": line} for at, line in enumerate(lines)]


def read(folder: Path, told: list[dict[str, Any]], **options: object) -> Made[Exchange]:
    (folder / "images" / "coco").mkdir(parents=True, exist_ok=True)
    PIL.Image.new("RGB", (900, 600), "teal").save(folder / "images" / "coco" / "1.png")
    PIL.Image.new("RGB", (90, 60), "teal").save(folder / "secret.png")
    (folder / "llava.json").write_text(json.dumps(told))
    chosen = InstructionOptions.model_validate(
        {"file": str(folder / "llava.json"), "images": str(folder / "images"), **options}
    )
    return asyncio.run(steps.run(Instructions(folder / "out", chosen), conversations(chosen), folder / "out"))


def test_a_conversation_keeps_its_turns_and_its_picture(tmp_path: Path) -> None:
    lines = said("<image>\nIs 1 < 2?", "Yes: <b>1 < 2</b>.", "And what colour is it?", "Teal.")
    (one,) = read(tmp_path, [{"id": "x", "image": "coco/1.png", "conversations": lines}]).records
    assert one.kind is Kind.INSTRUCTION
    assert one.turns == (
        Turn(question="Is 1 < 2?", answer="Yes: <b>1 < 2</b>."),
        Turn(question="And what colour is it?", answer="Teal."),
    )
    with PIL.Image.open(tmp_path / "out" / one.picture) as picture:
        assert (picture.format, picture.size) == ("JPEG", (672, 448))


def test_text_alone_has_no_picture(tmp_path: Path) -> None:
    (one,) = read(tmp_path, [{"id": 7, "conversations": said("Hello?", "Hello!")}]).records
    assert one.picture == ""


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"conversations": said("<image>\nWho?")}, "not in turns"),
        ({"conversations": []}, "not in turns"),
        ({}, "not in turns"),
        ({"conversations": said("Hi", "Hello")[::-1]}, "not in turns"),
        ({"conversations": said("<image>\nWho?", "Me.")}, "marks of other pictures"),
        ({"image": "coco/1.png", "conversations": said("<image> <image>", "Me.")}, "marks of other pictures"),
        ({"image": "coco/1.png", "conversations": said("<image>", "Me.")}, "an empty line"),
        ({"image": "coco/2.png", "conversations": said("<image>\nWho?", "Me.")}, "missing"),
        ({"image": "../secret.png", "conversations": said("<image>\nWho?", "Me.")}, "outside of the folder"),
    ],
)
def test_what_is_no_conversation_is_refused_with_a_reason(entry: dict[str, Any], reason: str, tmp_path: Path) -> None:
    made = read(tmp_path, [entry])
    assert not made.records
    assert [one.reason for one in made.refusals] == [reason]


def test_so_many_are_taken_at_most_and_always_the_same(tmp_path: Path) -> None:
    told = [{"conversations": said(f"{number}?", "Yes.")} for number in range(30)]
    first, again, other = (read(tmp_path / str(seed), told, most=5, seed=seed // 2) for seed in (0, 1, 2))
    assert len(first.records) == 5
    assert [one.id for one in first.records] == [one.id for one in again.records]
    assert [one.id for one in first.records] != [one.id for one in other.records]


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    assert conversations(InstructionOptions()) == []
    with pytest.raises(ConfigError, match=r"instructions\.file"):
        conversations(InstructionOptions(file=str(tmp_path / "none.json")))
    for text, what in (("{", "no JSON"), ("{}", "no list"), ("[1]", "no list")):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(ConfigError, match=what):
            conversations(InstructionOptions(file=str(tmp_path / "bad.json")))
