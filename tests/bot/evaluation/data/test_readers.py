import json
from pathlib import Path

import pytest

from bot.evaluation.data.annotations import (
    CaptionedPhoto,
    MissingPicture,
    MultipleChoiceQuestion,
    RecognitionQuestion,
    captions,
    questions,
    recognitions,
)
from bot.evaluation.data.datasets import Collection
from bot.evaluation.data.readers import read
from core.errors import DataError
from tests.support.collections_on_disk import photos, write_json


def counts(collection: Collection) -> dict[str, int]:
    return {one.name: len(one.photos) for one in collection.subjects}


def test_a_folder_per_concept_with_words_look_alikes_and_strangers(tmp_path: Path) -> None:
    photos(tmp_path / "bo", "red", 3)
    photos(tmp_path / "kit_2", "blue", 2)
    (tmp_path / "bo" / "info.txt").write_text("Bo likes snow.\n")
    (tmp_path / "bo" / "category.txt").write_text("dog\n")
    photos(tmp_path / "negatives" / "bo", "green", 2)
    photos(tmp_path / "strangers" / "street", "pink", 4)
    (tmp_path / "bo" / ".hidden.jpg").write_bytes(b"")
    found = read(tmp_path)
    assert counts(found) == {"bo": 3, "kit_2": 2}
    bo, kit = found.subjects
    assert (bo.info, bo.category, len(bo.lookalikes)) == ("Bo likes snow.", "dog", 2)
    assert kit.category == "kit"
    assert len(found.strangers) == 4
    assert len(found.photos) == 11


def test_myvlms_layout(tmp_path: Path) -> None:
    for name, colour in (("asian_doll", "red"), ("billy_dog", "green")):
        photos(tmp_path / "positives" / name, colour, 3)
    photos(tmp_path / "negatives" / "billy_dog", "blue", 2)
    photos(tmp_path / "random", "pink", 5)
    found = read(tmp_path)
    assert counts(found) == {"asian_doll": 3, "billy_dog": 3}
    assert [len(one.lookalikes) for one in found.subjects] == [0, 2]
    assert len(found.strangers) == 5


def test_yollavas_layout_keeps_its_own_split(tmp_path: Path) -> None:
    for name, colour in (("bo", "red"), ("mam", "green")):
        photos(tmp_path / "train" / name, colour, 3)
        photos(tmp_path / "test" / name, colour, 2)
    photos(tmp_path / "train" / "bo" / "negative_example", "yellow", 4)
    found = read(tmp_path)
    assert [(len(one.photos), len(one.queries), len(one.lookalikes)) for one in found.subjects] == [
        (3, 2, 4),
        (3, 2, 0),
    ]


def test_raps_database_with_photos_to_ask_about_and_a_missing_picture(tmp_path: Path) -> None:
    concepts = {}
    for name, colour in (("bo", "red"), ("kit", "blue")):
        photos(tmp_path / name, colour, 3)
        concepts[f"<{name}>"] = {
            "name": name,
            "image": f"{name}/0.png",
            "info": "a friend",
            "category": "dog",
        }
    concepts["<gone>"] = {"name": "gone", "image": "gone.png", "info": "", "category": ""}
    write_json(tmp_path / "database.json", {"concept_dict": concepts, "path_to_concept": {}})
    found = read(tmp_path)
    assert [(one.name, one.info, len(one.photos), len(one.queries)) for one in found.subjects] == [
        ("bo", "a friend", 1, 2),
        ("kit", "a friend", 1, 2),
    ]
    assert len(found.skipped) == 1
    assert "gone.png" in found.skipped[0]


def test_dreambooths_repository_with_its_classes(tmp_path: Path) -> None:
    photos(tmp_path / "dataset" / "dog8", "red", 2)
    photos(tmp_path / "dataset" / "can", "blue", 2)
    (tmp_path / "dataset" / "prompts_and_classes.txt").write_text(
        "Classes\n\nsubject_name,class\ncan,can\ndog8,puppy\n\nPrompts\n'a {0} {1}'.format(token, word),\n"
    )
    assert [(one.name, one.category) for one in read(tmp_path).subjects] == [
        ("can", "can"),
        ("dog8", "puppy"),
    ]


def test_a_concept_with_one_photo_is_left_out_by_name(tmp_path: Path) -> None:
    photos(tmp_path / "bo", "red", 2)
    photos(tmp_path / "kit", "blue", 2)
    photos(tmp_path / "one", "green", 1)
    found = read(tmp_path)
    assert counts(found) == {"bo": 2, "kit": 2}
    assert found.skipped == ("one has one photo, too few to measure: left out.",)


def test_photos_that_cannot_be_read_are_taken_out_and_named(tmp_path: Path) -> None:
    photos(tmp_path / "bo", "red", 3)
    photos(tmp_path / "kit", "blue", 2)
    bad = tmp_path / "bo" / "0.png"
    found = read(tmp_path).without([bad])
    assert counts(found) == {"bo": 2, "kit": 2}
    assert str(bad) in found.skipped[0]


def nothing_there(_: Path) -> None:
    pass


def a_file(path: Path) -> None:
    path.write_text("no folder")


def an_empty_folder(path: Path) -> None:
    path.mkdir()


def one_concept(path: Path) -> None:
    photos(path / "bo", "red", 3)


def two_of_one_name(path: Path) -> None:
    photos(path / "Bo", "red", 2)
    photos(path / "bo", "blue", 2)


def no_database(path: Path) -> None:
    path.mkdir()
    (path / "database.json").write_text("[]")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (nothing_there, "There is nothing at"),
        (a_file, "is a file; give the folder"),
        (an_empty_folder, "one folder for each concept"),
        (one_concept, "at least two"),
        (two_of_one_name, "have the same name, Bo and bo"),
        (no_database, "is no RAP database"),
    ],
)
def test_what_cannot_be_measured_is_a_sentence(tmp_path: Path, make: object, says: str) -> None:
    assert callable(make)
    make(tmp_path / "data")
    with pytest.raises(DataError, match=says):
        read(tmp_path / "data")


# ── question files ────────────────────────────────────────────────────────────────────────────────


def test_a_caption_file_finds_its_pictures_below_the_data(tmp_path: Path) -> None:
    (path, _) = photos(tmp_path / "data" / "test" / "bo", "red", 2)
    file = write_json(
        tmp_path / "caption.json",
        {"./yollava-data/test/bo/0.png": ["<bo>", "kit"], "/nowhere/1.png": ["bo"]},
    )
    found, missing = captions(file, tmp_path / "data")
    assert found == CaptionedPhoto(path, frozenset({"bo", "kit"}))
    assert isinstance(missing, MissingPicture)
    assert "/nowhere/1.png" in missing.message


def test_a_positive_repeated_as_a_negative_counts_once(tmp_path: Path) -> None:
    photos(tmp_path / "bo", "red", 2)
    asked = {"question": "<image>\nCan you see <bo>?", "concept": "bo"}
    rows = [
        {**asked, "image": "bo/0.png", "type": "positive", "correct_answer": "Yes"},
        {**asked, "image": "bo/0.png", "type": "negative", "correct_answer": "Yes"},
        {**asked, "image": "bo/1.png", "type": "negative", "correct_answer": "No"},
        {**asked, "image": "bo/9.png", "type": "negative", "correct_answer": "No"},
    ]
    found = list(recognitions(write_json(tmp_path / "recognition_test.json", rows), tmp_path))
    assert [one.present for one in found if isinstance(one, RecognitionQuestion)] == [True, False]
    assert found[0] == RecognitionQuestion(tmp_path / "bo" / "0.png", "bo", "Can you see bo?", True)
    assert isinstance(found[2], MissingPicture)


@pytest.mark.parametrize(("key", "spelt"), [("bo/0.png", "options"), ("0", "option")])
def test_questions_with_a_photo_and_without(tmp_path: Path, key: str, spelt: str) -> None:
    photos(tmp_path / "bo", "red", 1)
    question = {"question": "Is <sks> red?", spelt: {"A": "Yes", "B": "No"}, "correct_answer": "a."}
    (found,) = questions(write_json(tmp_path / "qa.json", {"bo": {key: question}}), tmp_path)
    path = tmp_path / "bo" / "0.png" if spelt == "options" else None
    assert found == MultipleChoiceQuestion("bo", "Is bo red?", {"A": "Yes", "B": "No"}, "A", path)


@pytest.mark.parametrize("content", ["no json", json.dumps([1, 2]), json.dumps({"a": 1})])
def test_a_file_of_another_layout_is_a_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "questions.json"
    file.write_text(content)
    with pytest.raises(DataError, match="laid out"):
        list(captions(file, tmp_path))


def test_a_missing_question_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is nothing at"):
        list(questions(tmp_path / "qa.json", tmp_path))
