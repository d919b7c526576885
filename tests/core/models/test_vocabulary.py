from core.concepts import Box, Region
from core.models.vocabulary import GENERAL, own_first, vocabulary


def test_a_chats_own_words_come_first_as_it_spells_them_and_each_word_once() -> None:
    assert vocabulary(["Shiba  Inu", "CAT", "shiba inu", " "], ["cat", "dog"]) == ("Shiba Inu", "CAT", "dog")


def test_of_very_many_own_words_the_newest_are_looked_for() -> None:
    words = vocabulary([f"kind {n}" for n in range(1000)], ["dog"])
    assert words[-2:] == ("kind 999", "dog")
    assert "kind 0" not in words


def test_everyday_things_are_looked_for_in_every_chat() -> None:
    assert {"person", "cat", "statue", "stuffed animal"} <= set(vocabulary([]))
    assert len(set(GENERAL)) == len(GENERAL)


def test_regions_of_own_words_go_first_and_keep_their_order() -> None:
    box = Box(0, 0, 1, 1)
    found = [Region(box, kind, score) for kind, score in [("dog", 0.9), ("newt", 0.5), ("cat", 0.4), ("newt", 0.2)]]
    assert [(one.category, one.confidence) for one in own_first(found, [" newt "])] == [
        ("newt", 0.5),
        ("newt", 0.2),
        ("dog", 0.9),
        ("cat", 0.4),
    ]
