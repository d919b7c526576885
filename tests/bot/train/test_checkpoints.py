"""Which checkpoint a run goes on from."""

from __future__ import annotations

from pathlib import Path

from bot.train import checkpoints
from bot.train.curve import Curve, lines_of


def checkpoint(out: Path, step: int, *, sealed: bool = True) -> Path:
    folder = out / f"checkpoint-{step}"
    (folder / "inner").mkdir(parents=True)
    (folder / "weights").write_bytes(bytes(100))
    (folder / "inner/state").write_bytes(bytes(10))
    if sealed:
        checkpoints.seal(folder)
    return folder


def test_the_newest_whole_one_counts_and_torn_ones_go(tmp_path: Path) -> None:
    checkpoint(tmp_path, 9)
    checkpoint(tmp_path, 10)
    short, unsealed, gone = checkpoint(tmp_path, 20), checkpoint(tmp_path, 30, sealed=False), checkpoint(tmp_path, 40)
    (short / "weights").write_bytes(bytes(99))
    (gone / "inner/state").unlink()
    (tmp_path / "checkpoint-of-mine").mkdir()
    newest, torn = checkpoints.newest(tmp_path)
    assert newest == tmp_path / "checkpoint-10"
    assert {*torn} == {short, unsealed, gone}
    assert {one.name for one in tmp_path.iterdir()} == {"checkpoint-9", "checkpoint-10", "checkpoint-of-mine"}


def test_without_one_a_run_begins(tmp_path: Path) -> None:
    assert checkpoints.newest(tmp_path) == (None, [])


def test_a_curve_loses_what_came_after_the_checkpoint_and_a_line_cut_short(tmp_path: Path) -> None:
    curve = Curve(tmp_path, 0)
    for step in (1, 2, 3):
        curve.learnt(step, [f"sample-{step}"])
        curve.measured(step, {"loss": 1 / step})
    with (tmp_path / "seen.jsonl").open("a") as file:
        file.write('{"step": 4, "sam')
    Curve(tmp_path, 2).learnt(3, ["another"])
    Curve(tmp_path, 0, writes=False).learnt(9, ["of another process"])
    seen = [(line["step"], *line["samples"]) for line in lines_of(tmp_path / "seen.jsonl")]
    assert seen == [(1, "sample-1"), (2, "sample-2"), (3, "another")]
    assert lines_of(tmp_path / "curve.jsonl") == [{"step": 1, "loss": 1}, {"step": 2, "loss": 0.5}]
