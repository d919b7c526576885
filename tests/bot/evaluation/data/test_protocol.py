from pathlib import Path

import pytest

from bot.evaluation.data.datasets import Collection, Subject
from bot.evaluation.data.protocol import apart_from, everyone_known, few, thirds


def collection() -> Collection:
    subjects = [
        Subject(name, tuple(Path(name, f"{number}.jpg") for number in range(count)), kind)
        for name, kind, count in (
            ("bo", "dog", 6),
            ("van", "dog", 6),
            ("kit", "cat", 6),
            ("tom", "cat", 4),
            ("cup", "cup", 2),
            ("car", "car", 6),
        )
    ]
    return Collection("six", tuple(subjects), (Path("street.jpg"),))


def test_a_seed_decides_the_split_alone_and_seeds_differ() -> None:
    assert everyone_known(collection(), 3, 1) == everyone_known(collection(), 3, 1)
    assert everyone_known(collection(), 3, 1) != everyone_known(collection(), 3, 2)


def test_fewer_references_are_among_more_and_none_is_asked_about() -> None:
    one, five = everyone_known(collection(), 1, 7), everyone_known(collection(), 5, 7)
    for name, chosen in one.references.items():
        assert set(chosen) <= set(five.references[name])
    for split in (one, five):
        learnt = {path for paths in split.references.values() for path in paths}
        assert not learnt & {query.path for query in split.queries}
        assert len(learnt) + len(split.queries) == 30


def test_a_subject_with_few_photos_keeps_one_to_ask_about() -> None:
    split = everyone_known(collection(), 5, 0)
    assert len(split.references["cup"]) == 1
    assert [query.subject for query in split.queries].count("cup") == 1


def test_a_collections_own_test_photos_are_the_queries() -> None:
    own = Subject("bo", (Path("a.jpg"), Path("b.jpg")), queries=(Path("t.jpg"),))
    split = everyone_known(Collection("one", (own,)), 1, 0)
    assert [query.path for query in split.queries] == [Path("t.jpg")]


def test_each_subject_is_a_stranger_in_one_of_three_splits() -> None:
    strangers: list[str] = []
    for split in thirds(collection(), 2, 0):
        gone = {query.subject for query in split.queries if query.truth is None} - {"street"}
        assert not gone & set(split.references)
        assert len(gone) == 2
        strangers += gone
        assert Path("street.jpg") in [query.path for query in split.queries if query.truth is None]
    assert sorted(strangers) == ["bo", "car", "cup", "kit", "tom", "van"]


def test_a_stranger_of_a_known_ones_kind_is_its_look_alike() -> None:
    kinds = {one.name: one.category for one in collection().subjects}
    pairs = 0
    for split in thirds(collection(), 2, 0):
        for query in split.queries:
            if query.like:
                pairs += 1
                assert kinds[query.like] == kinds[query.subject]
                assert query.like in split.references
    assert pairs


def test_photos_that_are_asked_about_are_no_references_unless_there_are_no_others() -> None:
    asked = [Path("bo", "0.jpg"), Path("cup", "0.jpg"), Path("cup", "1.jpg")]
    left = {one.name: len(one.photos) for one in apart_from(collection(), asked).subjects}
    assert (left["bo"], left["cup"], left["van"]) == (5, 2, 6)


@pytest.mark.parametrize("most", [1, 2])
def test_few_keeps_that_many_photos_of_each(most: int) -> None:
    kept = few(everyone_known(collection(), 1, 0).queries, most)
    assert {one: [query.subject for query in kept].count(one) for one in ("bo", "cup")} == {
        "bo": most,
        "cup": 1,
    }
