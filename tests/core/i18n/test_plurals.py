"""Numbers with their nouns: singular, plural, fractions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import adapters.web
from core.counting import counted, millions, millions_over
from core.i18n import __main__ as locales
from core.i18n.lazy_strings import lazy_ngettext
from core.i18n.translator import Translators

PAGE = Path(adapters.web.__file__).parent / "static" / "locales" / "en.json"
VERBS = r"(?:is|has|was|does|needs|knows|loves|as)\b"
COUNTED = re.compile(rf"\{{(?!name\}})\w+\}} (?!{VERBS})(?:[a-z]+ (?!{VERBS}))?[a-z]{{2,}}s\b")
# What is counted there is always more than one: a longest name, text and category, a longest message.
ALWAYS_SEVERAL = {
    "That name is {length} characters long; {most} is the most I can keep.",
    "That text is {length} characters long; {most} are the most I keep.",
    "A category is a word or two, as in dog; {most} characters at most.",
    "That text is too long: {most} characters are the most I read.",
    "That photo is only {width} × {height} pixels; I need at least {least} on each side. Please send a larger one.",
    "in all {number} photos",
}


def test_a_sentence_that_counts_has_a_singular() -> None:
    catalogue = [one.id for one in locales.template() if isinstance(one.id, str)]
    page = [one for one in json.loads(PAGE.read_text(encoding="utf-8")).values() if isinstance(one, str)]
    assert {one for one in catalogue + page if COUNTED.search(one)} == ALWAYS_SEVERAL


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, ("0 seconds", "0 Sekunden", "0 segundos", "0 秒")),
        (1, ("1 second.", "1 Sekunde lang", "1 segundo ", "1 秒")),
        (1.0, ("1 second.", "1 Sekunde lang", "1 segundo ", "1 秒")),
        (1.5, ("1.5 seconds", "1,5 Sekunden", "1,5 segundos", "1.5 秒")),
        (60.0, ("60 seconds", "60 Sekunden", "60 segundos", "60 秒")),
    ],
)
def test_a_fraction_takes_the_plural(number: float, said: tuple[str, ...]) -> None:
    one = "The model kept silent for {count} second. Please ask again in a minute."
    sentence = lazy_ngettext(one, one.replace("second.", "seconds."), number)
    for language, expected in zip(("en", "de", "es", "zh"), said, strict=True):
        text = Translators.load().of(language).gettext(sentence)
        assert expected in text.replace("second ", "second.")
    assert f"{said[0].rstrip('.')}." in str(sentence)


def test_what_the_host_reads_is_counted() -> None:
    assert [counted(one, "photo") for one in (0, 1, 1.0, 1.5, 2, 12_000)] == [
        "0 photos", "1 photo", "1 photo", "1.5 photos", "2 photos", "12,000 photos",
    ]  # fmt: skip
    assert [counted(one, "process", "processes") for one in (1, 2)] == ["1 process", "2 processes"]


def test_a_limit_is_never_told_as_nothing_nor_what_exceeds_it_as_the_limit() -> None:
    assert [millions(one) for one in (50_000_000, 1_500_000, 400_000, 1_000)] == [50, 1.5, 0.4, 0.001]
    assert [millions_over(one) for one in (50_000_001, 20_040_000, 2_500_000)] == [50.1, 20.1, 2.5]
