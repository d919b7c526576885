from collections.abc import Sequence

import numpy as np

from core.concepts import Vectors
from core.models.texts import KnownTexts


class Encoding:
    """Gives each word its length, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, words: Sequence[str]) -> Vectors:
        self.asked.append(list(words))
        return np.array([[len(word)] for word in words], np.float32)


def test_a_word_is_encoded_once_and_new_ones_together() -> None:
    encoding = Encoding()
    texts = KnownTexts(encoding)
    assert texts(["cat", "newt", "cat"]).tolist() == [[3], [4], [3]]
    assert texts(["newt", "axolotl", "ox"]).tolist() == [[4], [7], [2]]
    assert encoding.asked == [["cat", "newt"], ["axolotl", "ox"]]


def test_the_words_that_were_asked_for_longest_ago_are_let_go() -> None:
    encoding = Encoding()
    texts = KnownTexts(encoding, kept=2)
    texts(["cat", "newt"])
    texts(["cat"])
    texts(["ox"])
    texts(["cat"])
    texts(["newt"])
    assert encoding.asked == [["cat", "newt"], ["ox"], ["newt"]]
