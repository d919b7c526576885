from __future__ import annotations

import asyncio
import json
import math
import time

import pytest
from rich.console import Console

from benchmarks.chaos import measuring
from benchmarks.chaos.figures import Figure, as_json, table
from benchmarks.chaos.soak import Ledger, flatness
from benchmarks.event_loop import probing


@pytest.mark.parametrize(
    ("figure", "kept"),
    [
        (Figure("lost", 0, most=0), True),
        (Figure("lost", 1, most=0), False),
        (Figure("answered", 500, least=500), True),
        (Figure("answered", 499, least=500), False),
        (Figure("share", 0.7, least=0.9, most=1.1), False),
        (Figure("nothing measured", math.nan, most=1), False),
        (Figure("nothing measured", math.nan, least=1), False),
        (Figure("only told", 3), None),
    ],
)
def test_a_goal_is_kept_or_missed(figure: Figure, kept: bool | None) -> None:
    assert figure.kept is kept


def test_the_table_and_the_line_have_figure_goal_and_baseline() -> None:
    slow = Figure("recognition, p50", 0.123456, "s", most=0.1, baseline=0.05, against="a healthy server")
    console = Console(width=200, record=True)
    console.print(table({"generator": [slow]}, {"store": "OSError: no space"}))
    text = console.export_text()
    assert all(
        word in text for word in ("0.123 s", "≤ 0.1", "0.05 s (a healthy server)", "missed", "no space", "failed")
    )
    assert as_json([slow, Figure("asked", 1234567)]) == [
        {
            "what": "recognition, p50",
            "measured": 0.123,
            "unit": "s",
            "goal": "≤ 0.1",
            "kept": False,
            "baseline": 0.05,
            "against": "a healthy server",
        },
        {"what": "asked", "measured": 1234567},
    ]


async def _good(*, short: bool) -> list[Figure]:
    return [Figure("short", int(short), least=1)]


def test_a_part_that_fails_stops_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert measuring.measure_all(["json", "lag"], short=True, run=_named) == 1
    line = json.loads(capsys.readouterr().out)
    assert line["lag"] == [{"what": "short", "measured": 1, "goal": "≥ 1", "kept": True}]
    assert line["failed"] == {"json": "ValueError: not this one"}


def _named(name: str, short: bool) -> list[Figure]:
    if name != "lag":
        raise ValueError("not this one")
    return asyncio.run(_good(short=short))


def test_the_ledger_tells_lost_doubled_and_disordered() -> None:
    ledger = Ledger()
    for number in (1, 2, 3, 4):
        ledger.ask(7, number)
    ledger.ask(8, 5)
    for text in ("x1 it is", "That's x3.", "x2?", "x2 again", "something else"):
        ledger.answer(7, text)
    assert ledger.answers == {"sent": 5, "answered": 3, "disordered": 1, "doubled": 1, "strange": 1}
    assert ledger.open == 2


def test_memory_is_flat_when_no_window_is_far_from_the_first_after_warming_up() -> None:
    memory = [(float(second), 50.0 if second < 60 else 100.0) for second in range(300)]
    assert flatness(memory, 60) == (100, 100)
    grown = [(second, megabytes + max(0, second - 200)) for second, megabytes in memory]
    base, furthest = flatness(grown, 60)
    assert base == 100
    assert 180 < furthest < 200
    assert all(map(math.isnan, flatness([], 60)))


def _block(seconds: float) -> None:
    time.sleep(seconds)


async def test_a_probe_tells_work_of_the_loop_from_waiting_for_something_else() -> None:
    async with probing() as probe:
        await asyncio.sleep(0.02)
        _block(0.05)  # before it is steady: doesn't count
        with probe.steady():
            await asyncio.sleep(0.03)
            _block(0.1)  # which is no work
            await asyncio.sleep(0.03)
        lag = probe.lag()
    assert lag["wall"]["most"] >= 80
    assert lag["own"]["most"] <= lag["wall"]["most"] - 50
