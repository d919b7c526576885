"""What a sentence that teaches a name says besides: a kind, and a text as it was written."""

from __future__ import annotations

import pytest

from core.language.understanding import introduced
from core.language.understanding.introduced import Introduced


@pytest.mark.parametrize(
    ("language", "text", "name", "kind", "told"),
    [
        ("en", "this is my teapot, it is called Kettle", "Kettle", "teapot", ""),
        ("en", "This is my dog Rex", "Rex", "dog", ""),
        ("en", "that's Nibbles the hamster", "Nibbles", "hamster", ""),
        ("en", "this is Mia, she is my other cat", "Mia", "cat", ""),
        ("en", "meet Anna, she's my sister", "Anna", "person", "she's my sister"),
        (
            *("en", "This is Kenji. He is my boss and he loves hot dogs.", "Kenji", "person"),
            "He is my boss and he loves hot dogs",
        ),
        ("en", "this is my boss. His name is Kenji. He's 50", "Kenji", "person", "my boss. He's 50"),
        (
            *("en", "this is Luna, my sister's cat, and she loves snow", "Luna", "cat"),
            "my sister's cat. she loves snow",
        ),
        ("en", "this is Max, my best friend", "Max", "", "my best friend"),
        ("en", "This is Kenji who loves hot dogs", "Kenji", "", "loves hot dogs"),
        ("de", "und das hier ist meine Teekanne, sie heißt Kessel", "Kessel", "Teekanne", ""),
        ("de", "Das ist Luna, die Katze meiner Schwester", "Luna", "cat", "die Katze meiner Schwester"),
        ("de", "das ist Kenji, mein Chef, er liebt Hotdogs", "Kenji", "person", "mein Chef, er liebt Hotdogs"),
        ("de", "das ist Mia, sie ist meine andere Katze", "Mia", "cat", ""),
        ("es", "Esta es Luna, la gata de mi hermana", "Luna", "cat", "la gata de mi hermana"),
        (
            *("es", "Este es Kenji. Es mi jefe y le encanta el sushi.", "Kenji", "person"),
            "Es mi jefe y le encanta el sushi",
        ),
        ("es", "este es Nibbles, el hámster", "Nibbles", "hámster", ""),
        ("zh", "这是我的狗旺财", "旺财", "dog", ""),
        ("zh", "这是Luna，我姐姐的猫", "Luna", "cat", "我姐姐的猫"),
        ("zh", "这是小明。他是我的老板，他喜欢吃热狗。", "小明", "person", "他是我的老板，他喜欢吃热狗"),
    ],
)
def test_what_is_said_of_the_one_who_is_named_is_kept(
    language: str, text: str, name: str, kind: str, told: str
) -> None:
    assert introduced(text, name, language) == Introduced(kind, told)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "this is Rex, look how cute he is"),
        ("en", "this is Rex. He is so cute!"),
        ("en", "this is Rex, he's a good boy"),
        ("en", "this is Rex, he is sleeping now"),
        ("en", "this is Rex, it was a lovely day"),
        ("en", "This is Rex. My sister loves him. She is a teacher."),
        ("en", "this is Rex, is he my brother?"),
        ("en", "this is Rex at the beach"),
        ("de", "das ist Rex, schau wie süß er ist"),
        ("de", "das ist Rex. Was für ein schöner Tag!"),
        ("es", "este es Rex, mira qué mono es"),
        ("es", "este es Rex. Es un día bonito"),
        ("zh", "这是Rex，你看它多可爱"),
        ("zh", "这是Rex，今天天气真好"),
    ],
)
def test_talk_and_what_is_said_of_others_is_not_kept(language: str, text: str) -> None:
    assert introduced(text, "Rex", language) == Introduced()
