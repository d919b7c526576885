from __future__ import annotations

import json
from pathlib import Path

import PIL.Image
import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.data.output.checking import CheckOptions, check, splits_of
from bot.data.records import Description, Split
from bot.data.samples import Kind, Sample, Turn, to_rap
from bot.data.steps import write_lines
from core.concepts import Box
from core.errors import DataError
from tests.support.samples_on_disk import BOX, concept, photo, sample, small_build

BO, MIA, KAI = concept("bo"), concept("Mia"), concept("Kai")
NOT_MIA = concept("Mia", noise=True)


def good() -> dict[Split, list[Sample]]:
    """Samples without a fault, whose shares are those of the goals."""
    return {
        "train": [
            sample("1", BO, NOT_MIA),
            sample("2", BO),
            sample("3", NOT_MIA, answer="I don't know anyone here."),
            sample("4", BO, MIA, question="Where is <bo>?", answer="<bo> is beside <Mia>."),
        ],
        "eval": [
            sample("5", KAI, concept("Lu", noise=True)),
            sample("6", concept("Lu", noise=True), question="Is <Kai> here?", answer="No, <Kai> isn't."),
        ],
    }


def found(out: Path, **options: object) -> list[tuple[str, str, tuple[str, ...]]]:
    told = check(splits_of(out), CheckOptions.model_validate(options))
    return [(one.check, one.sentence, one.samples) for one in told]


def with_one(tmp_path: Path, wrong: Sample) -> list[tuple[str, str, tuple[str, ...]]]:
    samples = good()
    samples["train"].append(wrong)
    return but_shares(small_build(tmp_path, samples))


def but_shares(out: Path, **options: object) -> list[tuple[str, str, tuple[str, ...]]]:
    return [one for one in found(out, **options) if one[0] != "share"]


def test_good_samples_have_no_findings(tmp_path: Path) -> None:
    assert found(small_build(tmp_path, good())) == []


# ── words ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "check_name", "words"),
    [
        ("It's <bo> and <Mia>.", "wrong name", "the answer names Mia, who is not there"),
        ("It's <bo> and Mia.", "wrong name", "the answer names Mia, who is not there"),
        ("It's <bo>, not <Kai>.", "wrong name", "the answer names Kai, who is not in its list"),
        ("It's <bob>.", "unknown name", "nobody is called <bob>"),
        ("It's {name}.", "leftover", "“{name}” is left"),
        ("It's <name>.", "leftover", "“<name>” is left"),
        ("A photo of sks dog.", "leftover", "“sks” is left"),
        (" ", "empty", "turn 1 has an empty answer"),
        ("It's <image>.", "mark", "“<image>” is a mark"),
        ("It's <bo>.</s>", "mark", "“</s>” is a mark"),
        ("It's <bo>. USER: who else?", "mark", "“USER:” is a mark"),
    ],
)
def test_wrong_words_are_found(tmp_path: Path, answer: str, check_name: str, words: str) -> None:
    wrong = sample("9", BO, NOT_MIA)
    wrong = wrong.model_copy(update={"turns": (Turn(question="Who is it?", answer=answer),)})
    ((name, sentence, ids),) = with_one(tmp_path, wrong)
    assert (name, ids) == (check_name, ("9",))
    assert words in sentence


@pytest.mark.parametrize(
    ("question", "answer", "info"),
    [
        ("Is <Mia> here?", "No, I don't see <Mia>.", ""),  # asked about
        ("Who is it?", "<bo>, the brother of <Mia>.", "<bo> is <Mia>'s brother."),  # told
        ("Who is it?", "<bo> at home.", ""),
    ],
)
def test_a_name_that_was_asked_about_or_told_may_be_said(tmp_path: Path, question: str, answer: str, info: str) -> None:
    told = BO.model_copy(update={"info": info})
    assert with_one(tmp_path, sample("9", told, NOT_MIA, question=question, answer=answer)) == []


def test_somebody_may_be_called_what_templates_leave_behind(tmp_path: Path) -> None:
    assert with_one(tmp_path, sample("9", concept("Concept"))) == []


def test_plain_instruction_data_may_hold_brackets(tmp_path: Path) -> None:
    assert with_one(tmp_path, sample("9", kind=Kind.INSTRUCTION, answer="Write <b>{x}</b>.", subjects=())) == []


@pytest.mark.parametrize("name", ["image", "[INST]", "ASSISTANT"])
def test_a_name_that_is_a_mark_is_found(tmp_path: Path, name: str) -> None:
    marked = concept("rex").model_copy(update={"name": name, "info": ""})
    told = with_one(tmp_path, sample("9", marked, answer="Yes."))
    assert [(what, ids) for what, _, ids in told] == [("mark", ("9",))]


def test_one_name_for_two_is_found(tmp_path: Path) -> None:
    twin = concept("Mia", noise=True).model_copy(update={"name": "BO"})
    told = [sentence for name, sentence, _ in with_one(tmp_path, sample("9", BO, twin)) if name == "same name"]
    assert told == ["9: more than one in the list is called BO."]
    lines = (Description(subject=f"photos/{one}", name=name, info="") for one, name in (("a", "Max"), ("b", "max")))
    write_lines(tmp_path / "descriptions.jsonl", list(lines))
    told = [sentence for name, sentence, _ in found(tmp_path) if name == "same name"]
    assert told[0] == "photos/a and photos/b are both called max."


def test_long_samples_and_many_concepts_are_found(tmp_path: Path) -> None:
    samples = good()
    samples["train"].append(sample("9", BO, answer="<bo> " + "sits. " * 800))
    samples["train"].append(sample("10", *(concept(f"c{number}") for number in range(5))))
    out = small_build(tmp_path, samples)
    assert {(name, ids) for name, _, ids in but_shares(out)} == {
        ("too long", ("9",)),
        ("too long", ("10",)),
        ("too many", ("10",)),
    }
    assert but_shares(out, concepts=5, max_length=5000) == []


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────


def test_pictures_that_are_missing_or_broken_are_found(tmp_path: Path) -> None:
    out = small_build(tmp_path, good())
    (out / "pictures/1.jpg").unlink()
    (out / "crops/Kai.jpg").write_bytes((out / "crops/Kai.jpg").read_bytes()[:400])
    told = found(out)
    assert [(name, ids) for name, _, ids in told] == [("picture", ("1",)), ("picture", ("5",))]
    assert "pictures/1.jpg can't be opened: No such file" in told[0][1]


@pytest.mark.parametrize("box", [Box(0, 0, 161, 100), Box(-1, 0, 10, 10), Box(50, 50, 50, 60), Box(60, 60, 20, 20)])
def test_a_box_that_is_not_in_the_picture_is_found(tmp_path: Path, box: Box) -> None:
    ((name, sentence, _),) = with_one(tmp_path, sample("9", BO.model_copy(update={"box": box})))
    assert name == "box"
    assert "(160 × 120)" in sentence


@pytest.mark.parametrize("whole", [True, False])
def test_a_reference_from_the_very_picture_is_found(tmp_path: Path, whole: bool) -> None:
    small_build(tmp_path, {"train": [sample("9", BO)]})
    with PIL.Image.open(tmp_path / "pictures/9.jpg") as picture:
        (picture.copy() if whole else picture.crop(BOX)).save(tmp_path / "crops/bo.jpg", quality=70)
    assert [one[0] for one in but_shares(tmp_path)] == ["same picture"]


# ── the whole ─────────────────────────────────────────────────────────────────────────────────────


def test_samples_that_are_there_twice_are_found(tmp_path: Path) -> None:
    samples = good()
    again = samples["train"][0]
    samples["train"] += [again, again.model_copy(update={"id": "other"})]
    told = but_shares(small_build(tmp_path, samples))
    assert [(name, ids) for name, _, ids in told] == [("duplicate", ("1",)), ("duplicate", ("1", "other"))]


def test_leaks_are_found_by_subject_name_and_picture(tmp_path: Path) -> None:
    samples = good()
    samples["eval"] += [sample("7", concept("Bo", "photos/another")), sample("8", concept("Ann", "photos/Mia"))]
    out = small_build(tmp_path, samples)
    (out / "pictures/7.jpg").write_bytes((out / "pictures/2.jpg").read_bytes())
    with PIL.Image.open(out / "pictures/3.jpg") as picture:
        picture.resize((120, 90)).save(out / "pictures/8.jpg", quality=60)
    told = [one for one in found(out) if one[0] == "leak"]
    assert [(sentence, ids) for _, sentence, ids in told] == [
        ("The subject photos/Mia of eval is in the training set, too.", ("8",)),
        ("Somebody is called Bo in eval and in the training set.", ("7",)),
        ("The picture pictures/7.jpg of eval is pictures/2.jpg of the training set.", ("7",)),
        ("The picture pictures/8.jpg of eval looks like pictures/3.jpg of the training set.", ("8",)),
    ]


def test_shares_that_fall_short_are_found(tmp_path: Path) -> None:
    told = found(small_build(tmp_path, {"train": [sample(str(number), BO) for number in range(4)]}))
    assert [sentence for name, sentence, _ in told if name == "share"] == [
        "train: 0% of the samples with concepts have two to four concepts, 25% is the goal.",
        "train: 0% of the samples with concepts have only wrong concepts, 25% is the goal.",
    ]


def test_other_peoples_files_are_checked_too(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        photo(tmp_path / "images" / name, seed=ord(name[0]))
    theirs = to_rap(sample("x", BO.model_copy(update={"crop": "b.jpg", "box": None}), answer="It's <rex>."))
    theirs["image"] = "a.jpg"
    del theirs["rapport"]
    (tmp_path / "theirs.json").write_text(json.dumps([theirs], indent=1))
    told = check(splits_of(tmp_path / "theirs.json", pictures=tmp_path / "images"))
    assert [one.sentence for one in told if one.check != "share"] == ["x: nobody is called <rex>."]
    with pytest.raises(DataError, match="There are no samples at"):
        splits_of(tmp_path / "nowhere")


# ── the command ───────────────────────────────────────────────────────────────────────────────────


def test_the_command_says_what_it_finds_and_fails(tmp_path: Path) -> None:
    out = small_build(tmp_path, good())
    assert CliRunner().invoke(app, ["data", "check", str(out)]).exit_code == 0
    (out / "pictures/1.jpg").unlink()
    result = CliRunner().invoke(app, ["data", "check", str(out)])
    assert (result.exit_code, "pictures/1.jpg can't be opened" in result.output) == (1, True)
    allowed = CliRunner().invoke(app, ["data", "check", str(out), "--allow", "picture"])
    assert allowed.exit_code == 0
    told = CliRunner().invoke(app, ["data", "check", str(out), "--json"])
    assert [one["samples"] for one in json.loads(told.stdout)] == [["1"]]
    assert CliRunner().invoke(app, ["data", "check", str(tmp_path / "nowhere")]).exit_code == 1
