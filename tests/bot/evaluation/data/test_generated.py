from pathlib import Path

from bot.evaluation.data.datasets import Collection, Subject
from bot.evaluation.data.generated import category_questions, recognition_questions

CATEGORIES = {"bo": "dog", "kit": "cat", "van": "dog", "cup": "cup", "ann": "person", "car": "car"}


def collection() -> Collection:
    subjects = [Subject(name, (Path(name, "0.jpg"), Path(name, "1.jpg")), kind) for name, kind in CATEGORIES.items()]
    return Collection("six", tuple(subjects))


def test_each_photo_is_asked_about_its_concept_and_about_another_of_the_category_where_there_is_one() -> None:
    asked = recognition_questions(collection(), 1, 3, 0)
    names = {(one.path.parent.name, one.present): one.name for one in asked}
    assert len(asked) == len(names) == 12
    assert all(names[name, True] == name for name in CATEGORIES)
    assert {name: names[name, False] for name in ("bo", "van", "kit", "car")} == {
        "bo": "van",
        "van": "bo",
        "kit": "van",
        "car": "bo",
    }
    assert asked[0].question == f"Is {asked[0].name} in this photo?"


def test_each_concept_is_asked_for_its_category_among_four_and_the_right_letter_changes() -> None:
    asked = category_questions(collection())
    assert [one.name for one in asked] == list(CATEGORIES)
    assert all(one.options[one.correct] == CATEGORIES[one.name] for one in asked)
    assert all(list(one.options) == list("ABCD") and len(set(one.options.values())) == 4 for one in asked)
    assert {one.correct for one in asked} == set("ABCD")


def test_a_concept_without_a_category_is_not_asked_for_it() -> None:
    unlabelled = Subject("bo", (Path("0.jpg"), Path("1.jpg")))
    assert category_questions(Collection("one", (unlabelled,))) == []
