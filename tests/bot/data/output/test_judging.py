from __future__ import annotations

from pathlib import Path

import pytest

from bot.data.output.judging import BY_HAND, FILE, Judgements
from bot.data.samples import Turn
from core.errors import DataError
from tests.support.samples_on_disk import concept, sample

ONE, TWO = sample("1", concept("bo")), sample("2", concept("bo"))


def test_what_was_left_out_is_a_refusal_with_its_reason(tmp_path: Path) -> None:
    judgements = Judgements(tmp_path)
    judgements.add(ONE, False, "the wrong dog")
    judgements.add(TWO, True)
    kept, refused = Judgements(tmp_path).apply([ONE, TWO])
    assert kept == [TWO]
    assert [(one.of, one.reason, one.detail) for one in refused] == [("1", BY_HAND, "the wrong dog")]


def test_the_last_word_counts_and_may_be_that_there_is_none(tmp_path: Path) -> None:
    judgements = Judgements(tmp_path)
    for keep in (False, True):
        judgements.add(ONE, keep)
    judgements.add(TWO, False)
    judgements.add(TWO, None)
    again = Judgements(tmp_path)
    assert again.apply([ONE, TWO]) == ([ONE, TWO], [])
    assert again.of(TWO) is None


def test_a_sample_that_was_mended_is_judged_anew(tmp_path: Path) -> None:
    Judgements(tmp_path).add(ONE, False)
    mended = ONE.model_copy(update={"turns": (Turn(question="Who is it?", answer="It's <bo>, the dog."),)})
    assert Judgements(tmp_path).apply([mended]) == ([mended], [])


@pytest.mark.parametrize("end", ['{"key": "x', "", "\n"])
def test_a_line_that_was_cut_short_costs_only_itself(tmp_path: Path, end: str) -> None:
    Judgements(tmp_path).add(ONE, False)
    whole = (tmp_path / FILE).read_text()
    (tmp_path / FILE).write_text(whole + end if end.strip() else whole.rstrip("\n") + end)  # or only the line's end
    Judgements(tmp_path).add(TWO, False)
    assert [one.of for one in Judgements(tmp_path).apply([ONE, TWO])[1]] == ["1", "2"]


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"sample": 3}\n')
    with pytest.raises(DataError, match="Line 1"):
        Judgements(tmp_path)
