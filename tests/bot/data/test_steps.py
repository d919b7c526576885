import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.data import steps
from bot.data.samples import Value
from bot.data.steps import Record, Refused
from core.errors import DataError


class Number(Value):
    value: int


class Half(Record):
    of: int
    half: int


class Options(Value):
    add: int = 0


class Halves:
    name, record, concurrency = "halves", Half, 2

    def __init__(self, options: Options | None = None, dies_at: int | None = None) -> None:
        self.options, self.made, self._dies_at = options or Options(), list[int](), dies_at

    def id_of(self, given: Number) -> str:
        return str(given.value)

    async def make(self, given: Number) -> Sequence[Half]:
        if given.value == self._dies_at:
            raise DataError("The disk is full.")
        self.made.append(given.value)
        if given.value % 2:
            raise Refused("odd", f"{given.value} has no half")
        one = Half(of=given.value, half=given.value // 2 + self.options.add)
        return [one, one] if given.value == 8 else [one]


def numbers(*values: int) -> list[Number]:
    return [Number(value=one) for one in values]


async def test_what_is_in_the_file_is_not_made_again_and_refusals_are_remembered(tmp_path: Path) -> None:
    first, second = Halves(), Halves()
    await steps.run(first, numbers(4, 3, 8), tmp_path)
    made = await steps.run(second, numbers(8, 3, 4, 6), tmp_path)
    assert first.made == [4, 3, 8]
    assert second.made == [6]
    assert [one.half for one in made.records] == [4, 4, 2, 3]
    assert [(one.of, one.reason, one.detail) for one in made.refusals] == [("3", "odd", "3 has no half")]


async def test_other_options_make_everything_anew_and_leave_nothing_of_before(tmp_path: Path) -> None:
    await steps.run(Halves(), numbers(4, 6), tmp_path)
    made = await steps.run(Halves(Options(add=10)), numbers(4), tmp_path)
    assert [one.half for one in made.records] == [12]
    assert len((tmp_path / "halves.jsonl").read_text().splitlines()) == 1


async def test_what_an_input_became_goes_with_the_input(tmp_path: Path) -> None:
    await steps.run(Halves(), numbers(4, 3, 6), tmp_path)
    made = await steps.run(Halves(), numbers(6), tmp_path)
    assert [one.of for one in made.records] == [6]
    assert (tmp_path / "halves.refused.jsonl").read_text() == ""
    assert '"of":4' not in (tmp_path / "halves.jsonl").read_text()


async def test_what_was_made_before_an_error_is_kept(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="disk is full"):
        await steps.run(Halves(dies_at=6), numbers(4, 8, 6, 2), tmp_path)
    after = Halves()
    made = await steps.run(after, numbers(4, 8, 6, 2), tmp_path)
    assert not {4, 8} & set(after.made)
    assert [one.of for one in made.records] == [4, 8, 8, 6, 2]


async def test_a_line_that_was_cut_short_is_made_again_with_all_that_came_with_it(tmp_path: Path) -> None:
    await steps.run(Halves(), numbers(4, 8), tmp_path)
    file = tmp_path / "halves.jsonl"
    file.write_text(file.read_text()[:-20])
    again = Halves()
    made = await steps.run(again, numbers(4, 8), tmp_path)
    assert again.made == [8]
    assert [one.of for one in made.records] == [4, 8, 8]


async def test_corrections_by_hand_stay_and_lines_can_be_left_out(tmp_path: Path) -> None:
    await steps.run(Halves(), numbers(4, 6, 2), tmp_path)
    file = tmp_path / "halves.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[0]["half"], lines[1]["drop"] = 77, True
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for _ in range(2):
        made = await steps.run(Halves(), numbers(4, 6, 2), tmp_path)
        assert [one.half for one in made.records] == [77, 1]
        assert [one.reason for one in made.refusals] == ["left out by hand"]


async def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    await steps.run(Halves(), numbers(4, 6), tmp_path)
    file = tmp_path / "halves.jsonl"
    file.write_text(file.read_text().replace('"half":2', '"half":"many"'))
    with pytest.raises(DataError, match=r"Line 1 of .*halves\.jsonl can't be read \(half"):
        await steps.run(Halves(), numbers(4, 6), tmp_path)


async def test_files_that_were_saved_on_windows_are_read(tmp_path: Path) -> None:
    await steps.run(Halves(), numbers(4, 6), tmp_path)
    file = tmp_path / "halves.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    again = Halves()
    made = await steps.run(again, numbers(4, 6), tmp_path)
    assert (again.made, [one.half for one in made.records]) == ([], [2, 3])


async def test_what_is_no_json_is_told_without_a_key(tmp_path: Path) -> None:
    (tmp_path / "halves.jsonl").write_text("half\n")
    with pytest.raises(DataError, match=r"can't be read \(Invalid JSON"):
        await steps.run(Halves(), numbers(4), tmp_path)


class Named(Record):
    of: str


def test_a_text_may_hold_unicodes_line_breaks_and_be_cut_within_a_character(tmp_path: Path) -> None:
    file = tmp_path / "names.jsonl"
    steps.write_lines(file, [Named(key="1", of="bo\u2028\x85"), Named(key="2", of="mia"), Named(key="3", of="Zoë")])
    assert [one.of for one in steps.read_lines(file, Named)] == ["bo\u2028\x85", "mia", "Zoë"]
    whole = file.read_bytes()
    file.write_bytes(whole[: whole.index("ë".encode()) + 1])
    assert [one.of for one in steps.read_lines(file, Named)] == ["bo\u2028\x85"]


async def test_nothing_is_added_behind_a_line_that_was_cut(tmp_path: Path) -> None:
    await steps.run(Halves(), numbers(4, 6), tmp_path)
    file = tmp_path / "halves.jsonl"
    file.write_text(file.read_text()[:-5])
    with pytest.raises(DataError, match="disk is full"):
        await steps.run(Halves(dies_at=2), numbers(4, 6, 8, 2), tmp_path)
    after = Halves()
    await steps.run(after, numbers(4, 6, 8, 2), tmp_path)
    assert 6 not in after.made
