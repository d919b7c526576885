"""Facts and their time: several stand side by side, what contradicts is told as such, what ages with its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.concepts import Info
from core.i18n.translator import ENGLISH, Translator, Translators
from core.language.facts import all_told, facts, in_one_line, listed, noted, recalled, told_at_sight
from core.ports import PromptConcept

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)  # a Wednesday
TRANSLATORS = Translators.load()


def luna(infos: list[Info]) -> PromptConcept:
    return PromptConcept(1, "Luna", "dog", infos[-1].text, infos=tuple(infos))


def luna_told(infos: list[Info], now: datetime, translator: Translator) -> list[str]:
    return all_told(luna(infos), now, translator)


def said(*texts: str, days: int = 2, author: str = "Ann") -> list[Info]:
    """Texts that were said `days` after each other, the last one so many days ago."""
    return [Info(text, author, NOW - timedelta(days=days * (len(texts) - at))) for at, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("loves chicken", "no chicken any more"),
        ("eats chicken", "doesn't eat chicken"),
        ("afraid of thunder", "not afraid of thunder any more"),
        ("her vet is Dr. Brown", "her vet is Dr. Miller"),
        ("lives in Oslo", "lives in Lisbon"),
        ("Luna lives in Oslo", "moved to Lisbon"),
        ("she lives in Oslo", "Luna lives in Lisbon"),
        ("Luna loves chicken", "Luna doesn't eat chicken"),
        ("weighs 12 kilos", "weighs 14 kilos"),
        ("wohnt in Bonn", "wohnt in Köln"),
        ("vive en Lima", "vive en Cusco"),
        ("住在北京", "住在上海"),
        ("Luna is five", "Luna turned six today"),
        ("mag Hühnchen", "verträgt kein Hühnchen mehr"),
        ("hat Angst vor Gewitter", "hat keine Angst mehr vor Gewitter"),
        ("ist fünf Jahre alt", "ist heute sechs geworden"),
        ("le gusta el pollo", "ya no come pollo"),
        ("tiene cinco años", "cumplió seis"),
        ("喜欢吃鸡肉", "不能再吃鸡肉了"),
        ("Luna住在北京", "Luna住在上海"),
        ("五岁", "今天六岁了"),
    ],
)
def test_a_newer_word_on_the_same_thing_takes_the_place_of_the_older_one(older: str, newer: str) -> None:
    [fact] = facts(said(older, newer), "Luna")
    assert (fact.info.text, [old.text for old in fact.before]) == (newer, [older])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a border collie", "afraid of thunder"),
        ("loves snow", "loves cheese"),
        ("loves snow", "doesn't like the vet"),
        ("afraid of thunder", "afraid of cats"),
        ("lives in Oslo", "lives with Ann"),
        ("lives in Lisbon", "used to live in Oslo"),
        ("lives in Oslo", "her sister lives in Lisbon"),
        ("lives in Oslo", "lives in fear of thunder"),
        ("lives in Oslo", "moved to a new job"),
        ("a collie that lives in Oslo with Ann", "moved to Lisbon"),
        ("weighs 14 kilos", "weighed 1 kilo at birth"),
        ("wohnt in Bonn", "ihre Schwester wohnt in Köln"),
        ("vive en Lima", "vivía en Cusco de pequeña"),
        ("住在北京", "她妈妈住在上海"),
        ("住在北京", "搬到沙发上睡觉"),
        ("a Shiba Inu who loves snow", "her birthday is on 3 May"),
        ("her vet is Dr. Brown", "her birthday is in May"),
        ("hat Angst vor Gewitter", "hat Angst vor Katzen"),
        ("ein Border Collie", "mag keinen Regen"),
        ("le gusta la nieve", "le gusta el queso"),
        ("喜欢雪", "喜欢奶酪"),
        ("一只边境牧羊犬", "怕打雷"),
        ("Luna is my cat", "Luna is afraid of dogs"),
        ("Luna hates water", "Luna sleeps all day"),
        ("Luna ist meine Katze", "Luna ist allergisch gegen Fisch"),
        ("Luna es mi gata", "Luna es alérgica al pescado"),
        ("Luna是我的猫", "Luna不喜欢水"),
    ],
)
def test_facts_about_different_things_stand_beside_each_other(first: str, second: str) -> None:
    assert [fact.info.text for fact in facts(said(first, second), "Luna")] == [first, second]
    assert all(not fact.before for fact in facts(said(first, second), "Luna"))


def test_several_facts_are_all_told_the_newest_last() -> None:
    infos = said("a border collie", "afraid of thunder")
    assert luna_told(infos, NOW, ENGLISH) == ["Luna is a border collie.", "Luna is afraid of thunder."]
    assert in_one_line(infos, "Luna") == "a border collie; afraid of thunder"
    assert noted(infos, "Luna") == "a border collie; afraid of thunder"


def test_what_contradicts_is_told_as_since_and_before() -> None:
    infos = said("loves chicken", "no chicken")
    assert luna_told(infos, NOW, ENGLISH) == ["Luna, since Monday: “no chicken”; before: “loves chicken”."]
    assert in_one_line(infos, "Luna") == "no chicken"
    assert noted(infos, "Luna") == "no chicken (said on 2026-05-18, no longer “loves chicken” of 2026-05-16)"


def test_what_is_true_of_its_day_is_told_with_who_said_it_and_when() -> None:
    infos = [Info("Luna turned five today", "Ann", NOW - timedelta(days=17))]
    assert luna_told(infos, NOW, ENGLISH) == ["Ann said on 3 May: “Luna turned five today”"]
    infos = [Info("is tired today", "Ann", NOW - timedelta(days=1))]
    assert luna_told(infos, NOW, ENGLISH) == ["Ann said yesterday about Luna: “is tired today”"]
    assert noted(infos, "Luna") == "is tired today (said on 2026-05-19)"


@pytest.mark.parametrize(
    ("text", "of_its_day"),
    [
        ("has been ill since last week", True),
        ("three months old", True),
        ("hat gestern den Schlüssel verloren", True),
        ("hace dos días comió mal", True),
        ("现在在上海", True),
        ("knows the way home", False),
        ("has three legs", False),
        ("nowhere to be found", False),
        ("sleeps until five", False),
        ("hat drei Beine", False),
        ("tiene tres patas", False),
        ("喜欢雪", False),
    ],
)
def test_ages_and_words_for_now_are_known(text: str, of_its_day: bool) -> None:
    [fact] = facts(said(text), "Luna")
    assert fact.of_its_day is of_its_day


def test_a_name_of_several_words_is_no_word_of_its_facts() -> None:
    texts = ["小白不怕狗", "小白喜欢水", "小白住在北京"]
    assert [fact.info.text for fact in facts(said(*texts), "小白")] == texts
    texts = ["Bo Jackson is my dog", "bo jackson lives in Oslo"]
    assert [fact.info.text for fact in facts(said(*texts), "Bo Jackson")] == texts
    [fact] = facts(said("Bo Jackson lives in Oslo", "Bo Jackson lives in Lima"), "Bo Jackson")
    assert [old.text for old in fact.before] == ["Bo Jackson lives in Oslo"]


def test_the_same_told_twice_is_one_fact() -> None:
    [fact] = facts(said("loves snow", "a border collie", "Loves snow")[::2], "Luna")
    assert (fact.info.text, fact.before) == ("Loves snow", ())
    [fact] = facts(said("loves snow", "Luna loves snow"), "Luna")
    assert (fact.info.text, fact.before) == ("Luna loves snow", ())


def test_of_very_much_the_newest_is_told() -> None:
    infos = said(*(f"{letter * 40} is a word" for letter in "abcdefghijklmnopqrstuvwxyz"))
    sentences = luna_told(infos, NOW, ENGLISH)
    assert len(sentences) < 15
    assert "z" * 40 in sentences[-1]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", "Luna, seit Montag: „kein Huhn“; davor: „mag Huhn“."),
        ("es", "Luna, desde el lunes: «no come pollo»; antes: «come pollo»."),
        ("zh", "Luna 从星期一起：“不吃鸡肉”；之前：“喜欢鸡肉”。"),
    ],
)
def test_since_and_before_in_other_languages(language: str, expected: str) -> None:
    texts = {
        "de": ("mag Huhn", "kein Huhn"),
        "es": ("come pollo", "no come pollo"),
        "zh": ("喜欢鸡肉", "不吃鸡肉"),
    }
    assert luna_told(said(*texts[language]), NOW, TRANSLATORS.of(language)) == [expected]


def test_a_question_recalls_the_fact_that_it_speaks_of() -> None:
    concept = luna(said("a border collie", "loves chicken", "no chicken"))
    assert recalled("what about the chicken?", concept, NOW, ENGLISH) == [
        "Luna, since Monday: “no chicken”; before: “loves chicken”."
    ]
    assert recalled("how old is she?", concept, NOW, ENGLISH) == []


@pytest.mark.parametrize(
    ("language", "question", "text", "other"),
    [
        ("en", "Where is Luna from?", "comes from Norway", "afraid of thunder"),
        ("en", "do you know where Luna lives", "moved to Oslo", "a border collie"),
        ("de", "Woher kommt Luna?", "stammt aus Norwegen", "mag Hühnchen"),
        ("de", "Wo wohnt Luna?", "ist nach Bonn gezogen", "schläft viel"),
        ("es", "¿De dónde es Luna?", "nació en Lima", "adora la nieve"),
        ("zh", "Luna住在哪里？", "搬到上海了", "喜欢雪"),
        ("en", "how old is Luna?", "is five", "afraid of thunder"),
        ("en", "What's Luna's age?", "turned six", "loves snow"),
        ("en", "when is Luna's birthday?", "born on 3 May", "weighs 8 kilos"),
        ("en", "how heavy is Luna?", "weighs 8 kilos", "born on 3 May"),
        ("en", "whose dog is Luna?", "belongs to Ann", "loves snow"),
        ("en", "what does Luna like?", "enjoys long walks", "belongs to Ann"),
        ("de", "Wie viele Jahre hat Luna?", "ist fünf Jahre alt", "mag Schnee"),
        ("de", "Was mag Luna?", "liebt Käse", "wiegt 8 Kilo"),
        ("es", "¿Cuántos años tiene Luna?", "cumplió seis", "adora la nieve"),
        ("es", "que edad tiene luna", "tiene cinco años", "pesa 8 kilos"),
        ("zh", "Luna几岁？", "五岁", "喜欢雪"),
        ("zh", "Luna多大了", "五岁", "体重8公斤"),
    ],
)
def test_a_topic_is_recalled_in_whichever_words_it_was_told(
    language: str, question: str, text: str, other: str
) -> None:
    [told] = recalled(question, luna(said(text, other)), NOW, TRANSLATORS.of(language))
    assert text in told


def test_at_a_sighting_only_what_holds_on_any_day_is_told() -> None:
    assert told_at_sight(luna(said("a border collie", "turned five today")), NOW, ENGLISH) == "Luna is a border collie."
    assert told_at_sight(luna(said("turned five today")), NOW, ENGLISH) == ""


def test_a_list_of_several_texts_tells_who_said_each_and_when() -> None:
    assert listed(said("a border collie"), "Luna", NOW, ENGLISH) == ["a border collie"]
    assert listed(said("a border collie", "loves chicken", "no chicken"), "Luna", NOW, ENGLISH) == [
        "a border collie (Ann, on Thursday)",
        "no chicken (Ann, on Monday)",
        "Before, Ann said on Saturday: loves chicken",
    ]
