from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest

from bot.data.output.card import BuildFacts, goals_of, write_card
from bot.data.output.counting import ShareGoals
from bot.data.records import Split
from bot.data.samples import SEVERAL_SOURCES, Kind, Provenance, Sample
from bot.data.sources.withdrawing import CHATS
from tests.support.samples_on_disk import concept, sample

BO, MIA, NOT_MIA = concept("bo"), concept("Mia"), concept("Mia", noise=True)
SAMPLES: dict[Split, list[Sample]] = {
    "train": [
        sample("1", BO, NOT_MIA),
        sample("2", BO, provenance=Provenance(source="coco", licence="CC0-1.0", teacher="gemini", augmented=("flip",))),
        sample("3", NOT_MIA, kind=Kind.RECOGNITION),
        sample("4", kind=Kind.INSTRUCTION, image=""),
    ],
    "eval": [sample("5", MIA)],
}
FACTS = BuildFacts(
    options={"mix": {"seed": 7}},
    refusals={"crops": {"too small": 3}},
    notes=("eval: there are too few concepts for wrong ones.",),
    spent={"gemini": {"requests": 12, "tokens_in": 12345, "cost": 0.0375}},
    goals=ShareGoals(several=0.3),
)
DAY = datetime(2026, 11, 26, tzinfo=UTC)


def page_and_figures(out: Path, samples: dict[Split, list[Sample]]) -> tuple[str, dict[str, object]]:
    write_card(out, samples, FACTS, DAY)
    return (out / "README.md").read_text("utf-8"), json.loads((out / "card.json").read_text("utf-8"))


def head_of(page: str) -> dict[str, Any]:
    return cast(dict[str, Any], import_module("yaml").safe_load(page.split("---\n")[1]))


def test_the_figures_count_what_is_there(tmp_path: Path) -> None:
    _, figures = page_and_figures(tmp_path, SAMPLES)
    train = figures["splits"]["train"]  # type: ignore[index]
    assert (train["samples"], train["subjects"], train["turns"], train["with_a_photo"]) == (4, 2, 4, 3)
    assert train["pictures"] == 5  # three photos, two crops
    assert train["by_kind"] == {"caption": 2, "recognition": 1, "instruction": 1}
    assert train["by_concepts"] == {"1": 2, "2": 1, "0": 1}
    assert train["by_retrieved"] == {
        "right and wrong ones": 1,
        "right ones alone": 1,
        "only wrong concepts": 1,
        "nothing": 1,
    }
    assert train["shares"]["two to four concepts"] == {"share": 0.3333, "goal": 0.3}
    assert (figures["made"], figures["seeds"], figures["refusals"]) == (
        "2026-11-26",
        {"mix": 7},
        {"crops": {"too small": 3}},
    )
    assert goals_of(tmp_path) == ShareGoals(several=0.3)


def test_the_page_tells_people_what_the_figures_tell_programs(tmp_path: Path) -> None:
    page, _ = page_and_figures(tmp_path, SAMPLES)
    for row in (
        "| train | 4 | 4 | 2 | 5 | 3 |",
        "| recognition | whether a concept is there, or which one it is | 1 | 0 |",
        "| train | only wrong concepts | 33% | ≥ 25% | met |",
        "| eval | only wrong concepts | 0% | ≥ 25% | **missed** |",
        "| CC0-1.0 | 4 | 1 |",
        "| flip | 1 | 0 |",
        "| gemini | 12 | 12,345 | 0.0375 |",
        "| crops | too small | 3 |",
        "- eval: there are too few concepts for wrong ones.",
    ):
        assert row in page
    assert '"seed": 7' in page
    assert "Not to be published" not in page
    assert "Mia" not in page  # it names nobody


def test_hubs_can_read_its_head(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    page, _ = page_and_figures(tmp_path, SAMPLES)
    head = head_of(page)
    assert (head["license"], head["size_categories"]) == ("cc0-1.0", ["n<1K"])
    assert head["configs"][0]["data_files"][1] == {"split": "eval", "path": "datasets/eval/*.parquet"}


@pytest.mark.parametrize("licence", ["", "CC-BY-4.0", "ask me"])
def test_several_or_odd_licences_are_other(tmp_path: Path, licence: str) -> None:
    other = sample("9", BO, provenance=Provenance(source="x", licence=licence))
    page, _ = page_and_figures(tmp_path, {"train": [*SAMPLES["train"], other]})
    assert head_of(page)["license"] == "other"
    assert ("Nobody has said under which licence the photos of 1 sample are" in page) == (not licence)


@pytest.mark.parametrize("source", [CHATS, f"photos{SEVERAL_SOURCES}{CHATS}"])
def test_what_chats_gave_is_not_to_be_published_and_the_page_says_so_first(tmp_path: Path, source: str) -> None:
    given = sample("9", BO, provenance=Provenance(source=source, licence=""))
    page, figures = page_and_figures(tmp_path, {"train": [*SAMPLES["train"], given]})
    assert figures["private_samples"] == {"train": 1}
    assert page.split("---\n")[2].lstrip("\n").splitlines()[2].startswith("> **Not to be published.** 1 samples")


def test_without_goals_on_file_the_usual_ones_hold(tmp_path: Path) -> None:
    assert goals_of(tmp_path) == ShareGoals()
    (tmp_path / "card.json").write_text("[]")
    assert goals_of(tmp_path) == ShareGoals()
