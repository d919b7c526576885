"""What people say becomes an intent with its names, in each language."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.understanding import EDITS, FOLDER, TOPICS, measure
from core.intents import Intent, Selector, Understood
from core.language.understanding import understand
from core.language.understanding.topic import Asked, Topic

NOBODY = TOPICS["none"]
PHOTO = TOPICS["photo"]
UNSURE = TOPICS["unsure"]
STRANGER = TOPICS["stranger"]
LANGUAGES = ("en", "de", "es", "zh")


def said(text: str, topic: Topic = NOBODY, language: str = "en") -> tuple[str, ...]:
    understood = understand(text, language, topic)
    return (understood.intent.value, *understood.names)


@pytest.mark.parametrize(
    ("file", "percent"), [("dev", 98), ("dev2", 98), ("own", 98), ("heldout", 93), ("heldout2", 96)]
)
def test_what_people_write_is_understood_and_no_talk_changes_the_memory(file: str, percent: float) -> None:
    rows = [json.loads(line) for line in (Path(FOLDER) / f"{file}.jsonl").read_text("utf-8").splitlines()]
    figures = measure(rows)
    assert figures["percent"] >= percent
    assert figures["unwanted edits"] == 0


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("Where is Mia?", "en", Intent.WHERE),
        ("Where does Mia live?", "en", Intent.BEYOND),
        ("And where does Mia work?", "en", Intent.BEYOND),
        ("Where is Mia living?", "en", Intent.BEYOND),
        ("Do you know where Mia lives?", "en", Intent.BEYOND),
        ("Can you tell me where Mia lives", "en", Intent.BEYOND),
        ("Do you know where Mia is?", "en", Intent.WHERE),
        ("Where is Mia from?", "en", Intent.BEYOND),
        ("Where does Mia come from?", "en", Intent.BEYOND),
        ("Where is Mia, from the left?", "en", Intent.WHERE),
        ("Where is Mia hiding in the living room?", "en", Intent.WHERE),
        ("Where was Mia born?", "en", Intent.BEYOND),
        ("Wo ist Mia?", "de", Intent.WHERE),
        ("Wo wohnt Mia?", "de", Intent.BEYOND),
        ("Weißt du, wo Mia wohnt?", "de", Intent.BEYOND),
        ("weißt du wo Mia ist", "de", Intent.WHERE),
        ("Woher kommt Mia?", "de", Intent.BEYOND),
        ("Wo kommt Mia her?", "de", Intent.BEYOND),
        ("Wo ist Mia geboren?", "de", Intent.BEYOND),
        ("¿Dónde está Mia?", "es", Intent.WHERE),
        ("¿Dónde vive Mia?", "es", Intent.BEYOND),
        ("¿Sabes dónde vive Mia?", "es", Intent.BEYOND),
        ("¿Sabes dónde está Mia?", "es", Intent.WHERE),
        ("¿De dónde es Mia?", "es", Intent.BEYOND),
        ("Mia在哪里？", "zh", Intent.WHERE),
        ("Mia住在哪里？", "zh", Intent.BEYOND),
        ("你知道Mia住在哪里吗？", "zh", Intent.BEYOND),
        ("Mia来自哪里？", "zh", Intent.BEYOND),
    ],
)
@pytest.mark.parametrize("shown", [True, False])
def test_where_somebody_lives_is_no_place_in_the_photo(
    text: str, language: str, intent: Intent, *, shown: bool
) -> None:
    assert said(text, PHOTO if shown else NOBODY, language) == (intent.value, "Mia")


@pytest.mark.parametrize(
    ("text", "language", "kept"),
    [
        ("Mia lives in Kyoto now", "en", True),
        ("Mia now lives in Kyoto", "en", True),
        ("Mia loves snow now", "en", True),
        ("Mia is sleeping now", "en", False),
        ("Mia lives it up today", "en", False),
        ("Mia wohnt jetzt in Köln", "de", True),
        ("Mia schläft jetzt", "de", False),
        ("Mia ahora vive en Lima", "es", True),
        ("Mia vive ahora en Lima", "es", True),
        ("Mia come ahora", "es", False),
        ("Mia现在住在上海", "zh", True),
        ("Mia现在在睡觉", "zh", False),
    ],
)
def test_what_is_so_from_now_on_is_kept_and_what_passes_is_not(text: str, language: str, *, kept: bool) -> None:
    assert said(text, language=language)[0] == (Intent.DESCRIBE.value if kept else Intent.NONE.value)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["forget Mia", "vergiss Mia", "olvida a Mia", "把Mia忘了吧"])
def test_every_language_is_understood_in_every_chat(language: str, text: str) -> None:
    assert said(text, language=language) == ("forget", "Mia")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "don't forget Mia"),
        ("en", "please never forget Luna's birthday"),
        ("de", "vergiss Mia nicht"),
        ("de", "vergiss nicht Lunas Geburtstag"),
        ("es", "no olvides a Mia"),
        ("es", "nunca te olvides de Mia"),
        ("zh", "别忘了Mia"),
        ("zh", "不要删除Mia"),
        ("en", "should I forget Mia?"),
        ("de", "soll ich Mia löschen?"),
        ("es", "¿debería borrar a Mia?"),
        ("zh", "我该不该删掉Mia？"),
        ("en", "how do I delete Mia?"),
        ("de", "wie kann ich Mia löschen?"),
        ("en", 'my mom said "forget Mia"'),
        ("de", "wenn du Mia vergisst, bin ich traurig"),
        ("es", "mi hermana dijo: olvida a Mia"),
        ("zh", "如果你忘了Mia我会伤心"),
        ("en", "forget it"),
        ("en", "Mia forgot her toy"),
    ],
)
def test_what_is_denied_asked_or_told_of_others_changes_nothing(language: str, text: str) -> None:
    assert understand(text, language, NOBODY).intent not in EDITS


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hey bot, could you please just forget Mia for me? Thanks! 🙏"),
        ("en", "I'd like you to forget Mia"),
        ("en", "would you mind forgetting my cat Mia?"),
        ("de", "könntest du bitte Mia vergessen?"),
        ("de", "ich möchte, dass du Mia vergisst"),
        ("es", "¿podrías olvidar a mi gata Mia, por favor?"),
        ("es", "quiero que olvides a Mia"),
        ("zh", "麻烦你把Mia忘了吧，谢谢"),
        ("zh", "我想让你忘记Mia"),
    ],
)
def test_a_polite_request_is_an_order(language: str, text: str) -> None:
    assert said(text, language=language) == ("forget", "Mia")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "rename my cat Mia to Misty"),
        ("de", "kannst du Mia bitte in Misty umbenennen"),
        ("de", "benenn Mia in Misty um"),
        ("de", "ab jetzt heißt Mia Misty"),
        ("es", "cámbiale el nombre a Mia por Misty"),
        ("es", "llama Misty a Mia"),
        ("zh", "把Mia的名字改成Misty"),
    ],
)
def test_words_stand_where_the_language_puts_them(language: str, text: str) -> None:
    assert said(text, language=language) == ("rename", "Mia", "Misty")


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "this is my dog Rosie", "Rosie"),
        ("en", "her name's Rosie!", "Rosie"),
        ("en", "that's my sister's puppy, Rosie", "Rosie"),
        ("en", "oh that's rosie btw", "rosie"),
        ("en", "Captain Jack", "Captain Jack"),
        ("en", "it's O'Malley", "O'Malley"),
        ("de", "unsere Katze heißt Mimi", "Mimi"),
        ("de", "das ist der Waldi von nebenan", "Waldi"),
        ("es", "esta es la Tita, la perra de mi vecina", "Tita"),
        ("es", "llámala Rosie", "Rosie"),
        ("de", "und das hier ist meine Teekanne, sie heißt Kessel", "Kessel"),
        ("de", "das ist meine Tasse, ich nenne sie Kessel", "Kessel"),
        ("de", "das ist mein Hund, er heißt Rex", "Rex"),
        ("de", "Das rechts ist Kessel", "Kessel"),
        ("de", "das ist ein Kessel", ""),
        ("es", "esta es mi gata. Se llama Luna", "Luna"),
        ("es", "este es mi perro, se llama Rex", "Rex"),
        ("zh", "这是我的狗，它叫旺财", "旺财"),
        ("en", "this is my dog and his name is Rex", "Rex"),
        ("en", "the teapot on the far right is Kettle", "Kettle"),
        ("zh", "这是我女儿的狗布丁", "布丁"),
        ("zh", "这是 Rosie 呀", "Rosie"),
        ("en", "Это Роза", ""),
    ],
)
def test_a_new_name_stands_alone_when_it_is_taken_over(language: str, text: str, name: str) -> None:
    assert said(text, STRANGER, language) == (("remember", name) if name else ("none",))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "this is great"),
        ("en", "it's raining"),
        ("en", "that's my favourite"),
        ("en", "it's Monday"),
        ("en", "a dog"),
        ("en", "my neighbour's dog"),
        ("de", "das ist Wahnsinn"),
        ("de", "das ist mein Lieblingsfoto"),
        ("es", "es una larga historia"),
        ("es", "qué raro"),
        ("zh", "这就奇怪了"),
        ("zh", "这是我最喜欢的照片"),
    ],
)
def test_what_is_no_name_is_not_taken_for_one(language: str, text: str) -> None:
    assert said(text, STRANGER, language) == ("none",)


@pytest.mark.parametrize(
    "name", ["Cookie", "cookie", "Kettle", "Snow", "Mr. Whiskers", "Cookie Monster", "Юки", "ليلى"]
)
def test_any_word_is_a_name_where_the_bot_asked_for_one(name: str) -> None:
    assert understand(name, "en", Topic(shows=True, asked=Asked.NAME)) == Understood(Intent.REMEMBER, (name,))


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "Schnee"), ("de", "Keks"), ("es", "Bola"), ("es", "Nieve"), ("zh", "豆豆"), ("zh", "雪球")],
)
def test_every_language_has_words_that_are_names_where_the_bot_asked(language: str, text: str) -> None:
    assert said(text, TOPICS["unnamed"], language) == ("remember", text)


@pytest.mark.parametrize("context", ["stranger", "unnamed"])
@pytest.mark.parametrize(
    "text",
    [
        "no idea",
        "my neighbour's dog",
        "a friend",
        "ask Ann",
        "wait",
        "Thinking…",
        "so cute",
        "what?",
        "привет",
        "hello",
    ],
)
def test_what_is_said_instead_of_a_name_is_none(context: str, text: str) -> None:
    assert understand(text, "en", TOPICS[context]).intent not in EDITS


def test_a_word_that_follows_a_stranger_is_asked_about_where_it_is_written_small() -> None:
    assert understand("cookie", "en", STRANGER) == Understood(Intent.REMEMBER, ("cookie",), unsure=True)
    assert understand("Cookie", "en", STRANGER) == Understood(Intent.REMEMBER, ("Cookie",))
    assert understand("bo", "en", STRANGER) == Understood(Intent.REMEMBER, ("bo",))
    assert understand("Kettle", "en", Topic(shows=True, asked=Asked.WHO)) == Understood(Intent.REMEMBER, ("Kettle",))


def test_a_new_name_is_kept_as_it_is_written() -> None:
    for text, name in [("this is max", "max"), ("This is Max", "Max"), ("her name is MIMI", "MIMI")]:
        assert said(text, STRANGER) == ("remember", name)
    assert said("no its max", UNSURE) == ("no_is", "max")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no that's not her"),
        ("en", "that isn't him"),
        ("de", "nein, das ist sie nicht"),
        ("es", "no, no es él"),
        ("zh", "不，那不是它"),
    ],
)
def test_it_is_not_her_is_a_no_of_whoever_is_shown(language: str, text: str) -> None:
    assert said(text, PHOTO, language) == ("no", "bo")
    assert said(text, STRANGER, language) == ("no",)
    assert said(text, NOBODY, language) == ("none",)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "that's not at all bo"),
        ("en", "how could this be bo"),
        ("en", "the dog in this photo is not bo"),
        ("en", "bo isn't that one"),
        ("de", "das ist gar nicht bo"),
        ("de", "das ist mit Sicherheit nicht bo"),
        ("de", "wie soll das bo sein"),
        ("de", "bo ist nicht auf dem Foto"),
        ("es", "seguro que no es bo"),
        ("es", "de ninguna manera es bo"),
        ("es", "el de la foto no es bo"),
        ("es", "bo no es ese"),
        ("zh", "这完全不是bo"),
        ("zh", "这怎么会是bo"),
        ("zh", "照片里没有bo"),
        ("zh", "bo不是这只"),
    ],
)
def test_however_strongly_it_is_denied_it_is_a_no(language: str, text: str) -> None:
    assert said(text, UNSURE, language) == said(text, PHOTO, language) == ("no", "bo")
    assert said(text, NOBODY, language)[0] not in EDITS


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "it's somebody else"),
        ("de", "das ist jemand ganz anderes"),
        ("es", "es otra persona distinta"),
        ("zh", "是别人"),
    ],
)
def test_somebody_else_is_a_no_and_nobodys_name(language: str, text: str) -> None:
    assert said(text, UNSURE, language) == said(text, PHOTO, language) == ("no", "bo")
    assert said(text, STRANGER, language)[0] not in EDITS
    assert said(text, TOPICS["unnamed"], language)[0] not in EDITS


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Luna heißt auch jemand anderes"),
        ("de", "Luna heißt sonst keiner"),
        ("de", "Luna heißt wie jemand anderes"),
        ("zh", "Luna叫别人了"),
        ("zh", "别人也叫Luna"),
        ("de", "Luna hat sich umbenannt?"),
        ("en", "Luna likes cheese?"),
        ("es", "¿a Luna le gusta el queso?"),
        ("zh", "Luna喜欢奶酪吗"),
    ],
)
def test_what_is_asked_or_said_of_nobody_renames_and_notes_nothing(language: str, text: str) -> None:
    assert said(text, language=language)[0] not in EDITS


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Luna bitte in Max umbenennen"),
        ("de", "Luna bitte jetzt gleich in Max umbenennen"),
        ("en", "rename Luna please to Max"),
        ("en", "rename Luna right away to Max"),
        ("es", "renombra a Luna por favor como Max"),
    ],
)
def test_politeness_is_no_part_of_a_new_name(language: str, text: str) -> None:
    assert said(text, language=language) == ("rename", "Luna", "Max")


def test_a_colon_and_an_arrow_are_orders_as_well() -> None:
    for text in ("Mia: delete", "Mia: löschen", "Mia: borrar", "Mia：删除"):
        assert said(text) == ("forget", "Mia")
    for text in ("luna -> Stella", "Luna → Stella", "Luna => Stella"):
        assert said(text) == ("rename", "Luna", "Stella")


def test_yes_and_no_need_a_question_or_a_name_just_said() -> None:
    for yes, no in [("yes", "no"), ("👍", "👎"), ("ja genau", "nein"), ("claro", "para nada"), ("是的", "不是")]:
        assert said(yes, UNSURE) == ("yes", "bo")
        assert said(no, UNSURE) == ("no", "bo")
        assert said(no, PHOTO) == ("no", "bo")
        assert said(yes) == said(no) == said(yes, STRANGER) == ("none",)
    assert said("that's not bo", PHOTO) == ("no", "bo")
    assert said("that's not Luna", PHOTO) == ("none",)
    assert said("no, that's Max", UNSURE) == ("no_is", "Max")
    assert said("Luna", UNSURE) == ("no_is", "Luna")
    assert said("no, it's Rosie", STRANGER) == ("remember", "Rosie")


def test_the_one_that_is_meant_in_a_photo_is_told() -> None:
    right = understand("the one on the right is Max", "en", PHOTO)
    assert right == Understood(Intent.REMEMBER, ("Max",), which=Selector(side="right"))
    assert understand("number 2 is Max", "en", PHOTO).which == Selector(number=2)
    assert understand("der andere Hund heißt Max", "de", PHOTO).which == Selector(kind="dog", other=True)
    assert understand("el gato de la izquierda es Max", "es", PHOTO).which == Selector(side="left", kind="cat")
    assert understand("左边那只猫叫花花", "zh", PHOTO).which == Selector(side="left", kind="cat")


def test_what_is_told_of_a_name_is_kept_as_it_was_said() -> None:
    for text in ("Luna is afraid of thunder", "note that Luna is afraid of thunder", "FYI, Luna is afraid of thunder!"):
        told = understand(text, "en", NOBODY)
        assert (told.intent, told.names, told.text) == (Intent.DESCRIBE, ("Luna",), "Luna is afraid of thunder")
    assert understand("merk dir, dass Luna kein Huhn verträgt", "de", NOBODY).text == "Luna kein Huhn verträgt"
    assert said("Mia is coming over tomorrow") == ("none",)


def test_counted_kinds_are_english_and_singular() -> None:
    for text, kind in [("how many puppies are there?", "dog"), ("wie viele Leute siehst du", "person")]:
        assert said(text, PHOTO) == ("count", kind)
    assert said("¿cuántos gatos hay?", PHOTO, "es") == ("count", "cat")
    assert said("有几只鸟", PHOTO, "zh") == ("count", "bird")


@pytest.mark.parametrize("name", ["Will", "Forget", "Not", "Yes", "Undo", "Hey", "May"])
def test_a_name_may_be_a_word(name: str) -> None:
    unsure, nobody = replace(UNSURE, known=(*UNSURE.known, name)), Topic((name, "Mia"))
    assert said(f"forget {name}", nobody) == ("forget", name)
    assert said(f"who is {name}?", nobody) == ("about", name)
    assert said("yes", unsure) == ("yes", "bo")
    assert said("that's not bo", unsure) == ("no", "bo")
    assert said("hey, will you forget Mia?", nobody) == ("forget", "Mia")
    assert said("undo", nobody) == ("undo",)


@pytest.mark.parametrize("name", ["C++", "(bo)", "a.b*", "Mr. T", "[Kit]", "a|b", "Zoë & Max", "@home", "\\d+"])
def test_a_name_may_have_letters_that_mean_something_else_elsewhere(name: str) -> None:
    assert said(f"forget {name}", Topic((name,))) == ("forget", name)


def test_a_name_may_stand_in_the_genitive() -> None:
    for text in ("change Luna's name to Lulu", "ändere Lunas Namen in Lulu"):
        assert said(text) == ("rename", "Luna", "Lulu")


def test_she_is_who_was_spoken_of_last_and_an_edit_of_hers_is_asked_about_first() -> None:
    spoken = replace(NOBODY, focus="Luna")
    for text in ("she loves carrots", "her birthday is in May"):
        told = understand(text, "en", spoken)
        assert (told.intent, told.names, told.unsure) == (Intent.DESCRIBE, ("Luna",), True)
        assert said(text) == ("none",)
    assert understand("forget her", "en", spoken) == Understood(Intent.FORGET, ("Luna",), unsure=True)
    assert understand("vergiss sie", "de", spoken) == Understood(Intent.FORGET, ("Luna",), unsure=True)
    assert understand("把她忘了吧", "zh", spoken) == Understood(Intent.FORGET, ("Luna",), unsure=True)
    assert understand("show me her", "en", spoken) == Understood(Intent.SHOW, ("Luna",))
    assert understand("who is she?", "en", spoken) == Understood(Intent.ABOUT, ("Luna",))
    assert said("forget it", spoken) == said("forget her") == ("none",)
    assert understand("who is she?", "en", replace(PHOTO, focus="Luna")).intent is Intent.WHO


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n",
        "???",
        "😀",
        "🐶🐶",
        "…",
        "@",
        "@@ @",
        "\u200d",
        "1",
        "Привет, как дела?",
        "これはペンです",
        "مرحبا",
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)
def test_what_says_nothing_changes_nothing(text: str, language: str, topic: Topic) -> None:
    assert understand(text, language, topic).intent not in EDITS


@pytest.mark.parametrize(
    ("piece", "language"),
    [
        *(
            (piece, "en")
            for piece in ("a", "forget ", "bo ", "no, ", "my dog ", "忘", "the one ", "that's ", "和", "und ", "de ")
        ),
        *(("really so totally ", "en"), ("gar ganz sicher ", "de"), ("claro que ", "es"), ("根本就完全", "zh")),
    ],
)
@pytest.mark.parametrize("asked", [Asked.NOTHING, Asked.WHO])
def test_long_texts_take_no_longer_than_their_length_asks(piece: str, language: str, asked: Asked) -> None:
    topic = replace(PHOTO, asked=asked)
    for length in (290, 2400, 10_000):
        understand((piece * length)[:length], language, topic)


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "no, Mia lives in Berlin", "Mia lives in Berlin"),
        ("en", "nope, mia's vet is Dr. Lee", "mia's vet is Dr. Lee"),
        ("de", "nein, Mia wohnt in Berlin", "Mia wohnt in Berlin"),
        ("es", "no, Mia vive en Barcelona", "Mia vive en Barcelona"),
        ("zh", "不，Mia住在北京", "Mia住在北京"),
    ],
)
def test_a_no_before_what_is_told_of_a_name_corrects_facts_and_denies_nobody(
    language: str, text: str, told: str
) -> None:
    topic = Topic(known=("Mia",), shows=True, seen=("Mia",))
    assert understand(text, language, topic) == Understood(Intent.DESCRIBE, ("Mia",), told)
    asked = replace(topic, asked=Asked.IS_IT, about="Mia")
    assert understand(text, language, asked).intent is Intent.NO  # here it answers "Is it?"


@pytest.mark.parametrize("shows", [True, False])
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "how many brothers does Mia have?"),
        ("en", "what's Mia's age?"),
        ("en", "when is Mia's birthday?"),
        ("en", "whose cat is Mia?"),
        ("en", "is Mia a dog?"),
        ("de", "Wie viele Jahre hat Mia?"),
        ("de", "In welchem Alter ist Mia?"),
        ("de", "Wem gehört Mia?"),
        ("es", "¿cuántos años tiene Mia?"),
        ("es", "cuantas hermanas tiene Mia"),
        ("es", "¿Mia es un perro?"),
        ("zh", "Mia几岁？"),
        ("zh", "Mia有几只猫？"),
        ("zh", "Mia多重"),
    ],
)
def test_what_is_asked_of_a_name_counts_nothing_in_the_photo(language: str, text: str, *, shows: bool) -> None:
    assert understand(text, language, Topic(known=("Mia",), shows=shows)) == Understood(Intent.BEYOND, ("Mia",))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "how many cats do you know?"),
        ("de", "Wie viele Katzen kennst du?"),
        ("es", "¿cuántos gatos conoces?"),
        ("zh", "你认识几只猫？"),
    ],
)
def test_how_many_are_known_is_asked_of_the_memory(language: str, text: str) -> None:
    assert understand(text, language, PHOTO).intent is Intent.LIST


def test_a_word_that_is_no_kind_keeps_its_letters() -> None:
    assert said("¿cuántas cigüeñas ves?", PHOTO, "es") == ("count", "cigüeñas")
    assert said("Wie viele Störche sind hier?", PHOTO, "de") == ("count", "Störche")
