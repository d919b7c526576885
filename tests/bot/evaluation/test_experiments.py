"""The experiments, over blocks and colours: what they find there is known in advance."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from rich.progress import Progress

from bot.build.vision import GENERAL
from bot.config import Config
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.readers import read
from bot.evaluation.experiments import (
    calibrate,
    caption,
    choices,
    conflict,
    learning,
    longrun,
    people,
    recognise,
    retrieval,
    robust,
    scale,
    several,
)
from bot.evaluation.harness import plots
from bot.evaluation.harness.answering import QuestionPlan
from bot.evaluation.harness.environment import Environment, environment
from bot.evaluation.harness.metrics import Spread
from bot.evaluation.harness.report import Report
from core.concepts import Box, Comparison, Grade, Match, Region, Sighting
from core.errors import DataError
from core.images.decoding import Image
from core.ports import Prompt
from core.recognition.calibration import Calibration
from tests.support.collections_on_disk import colours, photos, write_json
from tests.support.fakes import FACES, fake_models, portrait


class Parrot:
    """A generator that sees: names whom it is told of, says yes then, and always chooses B."""

    identity, sees = "parrot", True

    async def generate(self, prompt: Prompt) -> AsyncIterator[str]:
        assert prompt.photo or not prompt.shows
        if "Options:" in prompt.question:
            yield "<think>A or C.</think>B."  # of which a chat sees the letter alone
            return
        names = [one.match.name for one in prompt.sightings if one.match]
        yield f"Yes, {', '.join(names)}." if names else "No."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return read(colours(tmp_path_factory.mktemp("photos") / "colours"))


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Environment]:
    with Progress(disable=True) as progress:
        async with environment(Config(), fake_models(), tmp_path / "cache.db", progress) as made:
            yield made


@pytest.fixture
async def seeing(tmp_path: Path) -> AsyncIterator[Environment]:
    with Progress(disable=True) as progress:
        models = fake_models(Parrot())
        async with environment(Config(), models, tmp_path / "cache.db", progress) as made:
            yield made


@pytest.fixture
def drawn(tmp_path: Path) -> Iterator[list[Report]]:
    """Reports put here are written and drawn at the end."""
    reports: list[Report] = []
    yield reports
    for report in reports:
        path = report.write(tmp_path / "out")
        written = json.loads(path.read_text())
        assert written["models"]["encoder"] == "colours"
        assert written["command"]
        assert written["versions"]["rapport"]
        assert len(written["rows"]) == len(report.rows)
        assert path.with_suffix(".md").read_text().startswith("| ")
        with PIL.Image.open(plots.draw(report, path.with_suffix(".png"))) as picture:
            assert picture.format == "PNG"


def cell(report: Report, row: str, column: str) -> float:
    found = next(one for one in report.rows if next(iter(one.values())) == row)[column]
    return float(found.mean if isinstance(found, Spread) else found)


async def test_colours_come_first_and_other_colours_stay_strangers(
    parts: Environment, data: Collection, drawn: list[Report]
) -> None:
    report = await retrieval.measure(parts.recognizer, data, shots=(1, 3), seeds=(0, 1), progress=parts.progress)
    assert cell(report, "Top-1 recall", "1 reference") == 1
    assert cell(report, "Top-5 precision", "1 reference") == pytest.approx(0.2)
    assert cell(report, "AUROC known : strangers", "3 references") == 1
    assert cell(report, "recall at 5 % on look-alikes", "3 references") == 1
    assert cell(report, "of the sure, right", "1 reference") == 1
    assert report.seeds == (0, 1)
    drawn.append(report)


async def test_what_is_no_picture_is_left_out_and_told_of(parts: Environment, tmp_path: Path) -> None:
    folder = colours(tmp_path / "some", 3)
    (folder / "red" / "0.png").write_bytes(b"no picture")
    report = await retrieval.measure(parts.recognizer, read(folder), shots=(1,), seeds=(0,), progress=parts.progress)
    assert any("red/0.png" in note for note in report.notes)
    assert "1 left out" in report.markdown()


async def test_a_memory_that_grows_keeps_its_concepts(
    parts: Environment, data: Collection, tmp_path: Path, drawn: list[Report]
) -> None:
    photos(tmp_path / "crowd" / "a", "red", 2)
    photos(tmp_path / "crowd" / "b", "blue", 2)
    plan = scale.Plan(sizes=(4, 30), shots=(1, 2), seeds=(0,), photos=2)
    report = await scale.measure(parts.recognizer, data, read(tmp_path / "crowd"), plan, progress=parts.progress)
    assert cell(report, "Top-1, 1 ref.", "4") == 1
    assert cell(report, "MB, 1 ref.", "30") > cell(report, "MB, 1 ref.", "4")
    assert "is kept by 2 references" in report.conditions[-1]
    drawn.append(report)


async def test_distractors_need_photos(parts: Environment, data: Collection) -> None:
    with pytest.raises(DataError, match="--crowd"):
        await scale.measure(parts.recognizer, data, Collection("empty", ()), scale.Plan(), progress=parts.progress)


async def test_a_covered_block_is_lost_and_a_turned_one_is_not(
    parts: Environment, data: Collection, drawn: list[Report]
) -> None:
    few = replace(data, subjects=data.subjects[:3])
    report = await robust.measure(parts.recognizer, few, references=2, photos=1, progress=parts.progress)
    assert {row["change"] for row in report.rows} == set(robust.CHANGES)
    assert all(row["unchanged"] == 1 for row in report.rows)
    assert cell(report, "turned, degrees", "step 3") == 1
    assert cell(report, "light left", "step 4") < 1
    drawn.append(report)


async def test_each_colour_of_a_pasted_picture_is_named_in_its_place(
    parts: Environment, data: Collection, drawn: list[Report]
) -> None:
    plan = several.SeveralPlan(pictures=3, seeds=(0, 1))
    report = await several.measure(parts.recognizer, data, plan, progress=parts.progress)
    for count in ("2", "3", "4"):
        assert cell(report, count, "precision") == 1
        assert cell(report, count, "F1") > 0.9
        assert cell(report, count, "box holds it") > 0.9
        assert cell(report, count, "all right") > 0.5
    pictures = report.details["pictures"]
    assert [len(pictures[str(count)]) for count in plan.counts] == [6, 6, 6]
    assert all(len(one["there"]) == 4 for one in pictures["4"])
    assert "4 concepts with 1 reference each" in report.conditions[0]
    drawn.append(report)


async def test_several_at_once_need_concepts_enough(parts: Environment, data: Collection) -> None:
    few = replace(data, subjects=data.subjects[:5])
    with pytest.raises(DataError, match="it takes 6"):
        await several.measure(parts.recognizer, few, progress=parts.progress)


def test_a_name_too_many_costs_precision_and_a_missing_one_recall() -> None:
    here, elsewhere = Box(0, 0, 10, 10), Box(50, 50, 60, 60)

    def sighting(name: str, grade: Grade, box: Box) -> Sighting:
        return Sighting(Region(box), grade, Match(1, name, 0.9), 0.9)

    seen = (sighting("bo", Grade.SURE, here), sighting("kit", Grade.MAYBE, elsewhere))
    found = several.measures([several.SceneResult({"bo": here, "mia": elsewhere}, seen)])
    assert (found["precision"], found["recall"], found["F1"]) == (0.5, 0.5, 0.5)
    assert (found["sure, precision"], found["sure, recall"]) == (1, 0.5)
    assert (found["box holds it"], found["all right"]) == (1, 0)
    misplaced = several.SceneResult({"bo": here}, (sighting("bo", Grade.SURE, elsewhere),))
    assert several.measures([misplaced])["box holds it"] == 0


@pytest.mark.parametrize("name", sorted(set(robust.CHANGES) - {"size in the frame", "turned, degrees"}))
def test_a_change_grows_with_its_steps(data: Collection, name: str) -> None:
    change, steps = robust.CHANGES[name]
    path = data.subjects[0].photos[0]
    plain = robust.changed(path, robust.turned, 0)
    off = [difference(plain, robust.changed(path, change, step)) for step in steps]
    assert off == sorted(off)
    assert off[0] > 0


def test_a_small_subject_leaves_plain_ground_around(data: Collection) -> None:
    small = robust.changed(data.subjects[0].photos[0], robust.shrunk, 0.25).pixels
    ground = (small == small[0, 0]).all(2)
    assert ground.mean() > 0.9
    assert not ground.all()


def difference(one: Image, other: Image) -> float:
    return float(np.abs(one.pixels.astype(int) - other.pixels).mean())


# ── generation ────────────────────────────────────────────────────────────────────────────────────


async def test_captions_with_retrieval_real_perfect_wrong_and_none(
    parts: Environment, data: Collection, drawn: list[Report]
) -> None:
    report = await caption.measure(parts.answerer, data, QuestionPlan(), progress=parts.progress)
    assert cell(report, "real retrieval", "F1") == 1
    assert cell(report, "real retrieval", "names a stranger") == 0
    assert cell(report, "perfect retrieval", "F1") == 1
    assert cell(report, "wrong retrieval", "says a wrong name") == 1
    assert cell(report, "without retrieval", "recall") == 0
    assert set(report.details["real retrieval"]["by_concept"]) < set(report.details["real retrieval"]) | {
        one.name for one in data.subjects
    }
    drawn.append(report)


async def test_captions_of_a_file_by_a_generator_that_sees(
    seeing: Environment, data: Collection, tmp_path: Path
) -> None:
    red = data.subjects[[one.name for one in data.subjects].index("red")].photos[0]
    file = write_json(tmp_path / "captions.json", {str(red): ["<red>"], "gone.jpg": ["red"]})
    report = await caption.measure(seeing.answerer, data, QuestionPlan((file, red.parent)), progress=seeing.progress)
    assert cell(report, "real retrieval", "recall") == 1
    assert report.notes == ("The picture gone.jpg is missing: left out.",)
    assert report.models["generator"] == "parrot"


async def test_recognition_answers_yes_where_it_is_and_no_where_not(
    parts: Environment, data: Collection, drawn: list[Report]
) -> None:
    report = await recognise.measure(parts.answerer, data, QuestionPlan(), progress=parts.progress)
    assert cell(report, "real retrieval", "weighted") == 1
    assert cell(report, "wrong retrieval", "weighted") == 0
    assert cell(report, "without retrieval", "positive") == 0
    drawn.append(report)


@pytest.mark.parametrize(
    ("answer", "yes"),
    [
        ("Yes.", True),
        ("yes, bo is", True),
        ("Maybe: that could be bo.", True),
        ("No.", False),
        ("Yesterday", False),
    ],
)
def test_a_yes_is_told_from_a_no(answer: str, yes: bool) -> None:
    assert recognise.says_yes(answer) is yes


async def test_choices_are_counted_by_letter_and_by_words(
    parts: Environment, data: Collection, drawn: list[Report]
) -> None:
    report = await choices.measure(parts.answerer, data, QuestionPlan(), progress=parts.progress)
    assert cell(report, "real retrieval", "letter") == 0
    drawn.append(report)


async def test_a_generator_that_speaks_in_letters_is_right_where_b_is(
    seeing: Environment, data: Collection, tmp_path: Path
) -> None:
    def question(right: str) -> dict[str, object]:
        return {"question": "Is sks red?", "options": {"A": "Yes", "B": "No"}, "correct_answer": right}

    file = write_json(
        tmp_path / "qa.json", {"red": {"0": question("A")}, "blue": {"0": question("B"), "1": question("B")}}
    )
    report = await choices.measure(seeing.answerer, data, QuestionPlan((file, tmp_path)), progress=seeing.progress)
    assert cell(report, "real retrieval", "letter") == pytest.approx(2 / 3)
    assert report.details["real retrieval"]["by_concept"] == {"blue": 1.0, "red": 0.0}


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("B", "B"),
        ("b.", "B"),
        ("(C)", "C"),
        ("A. a red hat", "A"),
        ("Answer: D", "D"),
        ("A red hat", None),
        ("", None),
    ],
)
def test_a_letter_is_read_off_an_answer(answer: str, letter: str | None) -> None:
    assert choices.letter_of(answer) == letter


# ── the whole bot ─────────────────────────────────────────────────────────────────────────────────


async def test_the_newest_text_is_told_and_a_correction_helps(
    parts: Environment, data: Collection, drawn: list[Report]
) -> None:
    report = await conflict.measure(parts, data, pairs=2)
    for stage in ("one text", "a contradicting text", "a correction of the text"):
        assert cell(report, stage, "tells the newest text") == 1
        # What was said before is told beside it, with its day.
        assert cell(report, stage, "tells an older one") == (stage != "one text")
    assert cell(report, "own photo alone", "own photos named") == 1
    assert cell(report, "a photo of the other among its own", "own photos named") < 1
    assert cell(report, "after /undo of the mistake", "own photos named") == 1
    assert cell(report, "after /undo of the mistake", "the other's named") == 1
    drawn.append(report)


async def test_weeks_of_use_bring_nothing_back(parts: Environment, data: Collection, drawn: list[Report]) -> None:
    report = await longrun.measure(parts, data, weeks=2)
    assert [row["week"] for row in report.rows] == ["1", "2"]
    assert all(row["came back"] == "0" for row in report.rows)
    assert all(row["right"] > 0.5 for row in report.rows)
    assert all(row["store MB"] > 0 for row in report.rows)
    drawn.append(report)


# ── calibration ───────────────────────────────────────────────────────────────────────────────────


def cases(count: int, noise: float, seed: int = 0) -> list[calibrate.Case]:
    """Photos of twelve subjects among four concepts; the right one's score is higher by 0.3, give or take."""
    rng, made = np.random.default_rng(seed), []
    for number in range(count):
        known = bool(number % 2)
        scores = np.clip(rng.normal(0.3, noise, (2, 4)), -0.99, 1).astype(np.float32)
        right = np.zeros((2, 4), bool)
        if known:
            right[:, 1] = True
            scores[0, 1] = min(1, scores[0, 1] + 0.3)
        terms = calibrate.INITIAL.terms(scores).reshape(-1, 4).astype(float)
        made.append(calibrate.Case(terms, right.ravel(), known, f"subject {number % 12}", "all"))
    return made


def test_a_fit_is_sure_only_where_it_is_nearly_always_right() -> None:
    train, test = cases(600, 0.08), cases(600, 0.08, seed=1)
    fit = calibrate.fitted(train, calibrate.Goals(sure=0.97))
    graded = [calibrate.grade(case, fit) for case in test]
    sure = [right for grade, right, _ in graded if grade is Grade.SURE]
    assert len(sure) > 150
    assert np.mean(sure) >= 0.95
    assert fit.slope >= 0
    assert fit.maybe < fit.sure


def test_a_stricter_goal_is_sure_of_fewer() -> None:
    lax, strict = (calibrate.fitted(cases(600, 0.15), calibrate.Goals(sure=goal, wrong=0)) for goal in (0.8, 0.99))
    assert strict.sure > lax.sure


def test_where_few_photos_are_named_wrongly_more_are_named() -> None:
    by_share, by_both = (
        calibrate.fitted(cases(600, 0.15), calibrate.Goals(sure=0.99, wrong=wrong)) for wrong in (0, 0.01)
    )
    assert by_both.sure < by_share.sure
    graded = [calibrate.grade(case, by_both) for case in cases(600, 0.15)]
    assert np.mean([grade is Grade.SURE and not right for grade, right, _ in graded]) <= 0.01


def test_known_and_strangers_weigh_the_same_whatever_their_number() -> None:
    uneven = [case for number, case in enumerate(cases(40, 0.1)) if case.known or number < 4]
    weights = calibrate.weights_of(uneven)
    known = np.array([case.known for case in uneven])
    assert weights[known].sum() == pytest.approx(weights[~known].sum())
    assert weights.mean() == pytest.approx(1)


async def test_calibrate_reports_held_out_subjects_and_keeps_other_encoders(
    parts: Environment, data: Collection, tmp_path: Path, drawn: list[Report]
) -> None:
    report, fit = await calibrate.measure(parts.recognizer, [data], shots=(1, 2), seeds=(0,), progress=parts.progress)
    assert cell(report, "all", "sure right") >= 0.97
    path = tmp_path / "calibration.toml"
    calibrate.save(path, "other", calibrate.INITIAL)
    calibrate.save(path, "colours", calibrate.INITIAL)
    calibrate.save(path, "colours", fit)
    assert Calibration.load("colours", path) == fit
    assert Calibration.load("other", path) == calibrate.INITIAL
    drawn.append(report)


async def test_learning_makes_an_encoder_sure_that_nobody_fitted(
    parts: Environment, data: Collection, drawn: list[Report]
) -> None:
    report = await learning.measure(
        parts.recognizer, data, GENERAL, fitted=False, mistaken=(0.0, 0.5), seeds=(0,), progress=parts.progress
    )
    assert {row["answers wrongly"] for row in report.rows} == {"0%", "50%"}
    assert report.rows[0]["asked about"].mean > 0
    drawn.append(report)


def test_of_wrong_answers_alone_nobody_becomes_sure() -> None:
    rng = np.random.default_rng(0)
    shown = [
        learning.ComparedPhoto(Comparison(float(rng.normal(0.8 if right else 0.5, 0.05)), 0.45), right, right)
        for right in rng.random(150) < 0.5
    ]
    for mistaken, least, most in ((0.0, 0.5, 1.0), (0.5, 0.0, 0.1)):
        graded = list(learning.simulated(shown, GENERAL, fitted=False, mistaken=mistaken, seed=1))
        assert not any(one.grade is Grade.SURE for one in graded[:8])
        late = [one.grade is Grade.SURE for one in graded[75:] if one.known]
        assert least <= np.mean(late) <= most


def test_the_report_says_dashes_for_what_could_not_be_measured() -> None:
    report = Report("retrieval", "none", ({"": "Top-1", "1": float("nan")},), {"encoder": "e"})
    assert "| Top-1 | – |" in report.markdown()
    assert json.loads(report.to_json())["rows"] == [{"": "Top-1", "1": None}]
    assert replace(report, notes=("a", "b", "c", "d")).markdown().endswith("4 left out: a b c and 1 more in the JSON\n")


async def test_people_are_known_by_their_faces_and_photos_without_one_are_counted_apart(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    for name in FACES:
        (folder / name).mkdir(parents=True)
        for number, photo in enumerate((portrait(name), portrait(name), portrait(""))):
            (folder / name / f"{number}.png").write_bytes(photo.data)
    models = fake_models(faces=True)
    config = Config(store={"url": f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"})
    with Progress(disable=True) as progress:
        async with environment(config, models, tmp_path / "cache.db", progress) as parts:
            report = await people.measure(
                parts.recognizer, models, read(folder), references=1, seeds=[0, 1], progress=progress
            )
            with pytest.raises(DataError, match=r"models\.faces"):
                await people.measure(
                    parts.recognizer, fake_models(), read(folder), references=1, seeds=[0], progress=progress
                )
    rows = {str(row[next(iter(row))]): row for row in report.rows}
    seen = {key: str(row["a face is visible"]) for key, row in rows.items()}
    assert seen["photos"].startswith("3.000")
    assert seen["Top-1"].startswith("1.000")
    assert seen["of the sure, right"].startswith("1.000")
    assert seen["strangers named surely"].startswith("0.000")
    assert str(rows["photos"]["no face is visible"]).startswith("3.000")
    assert str(rows["named surely"]["no face is visible"]).startswith("0.000")
    with PIL.Image.open(plots.draw(report, tmp_path / "people.png")) as picture:
        assert picture.format == "PNG"
