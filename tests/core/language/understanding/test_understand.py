"""What people say becomes an intent with its names, in each language."""

import json
from pathlib import Path

import pytest

from benchmarks.understanding import FOLDER, TOPICS, measure
from core.intents import Intent
from core.language.understanding import understand


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.jsonl")), ids=lambda file: file.stem)
def test_what_people_write_is_mostly_understood_and_talk_changes_nothing(file: Path) -> None:
    figures = measure(json.loads(line) for line in file.read_text("utf-8").splitlines())
    assert figures["percent"] > 80


@pytest.mark.parametrize("language", ["en", "de", "es", "zh"])
@pytest.mark.parametrize("text", ["forget Mia", "vergiss Mia", "olvida a Mia", "把Mia忘了吧"])
def test_every_language_is_understood_in_every_chat(language: str, text: str) -> None:
    said = understand(text, language, TOPICS["none"])
    assert (said.intent, said.names) == (Intent.FORGET, ("Mia",))
