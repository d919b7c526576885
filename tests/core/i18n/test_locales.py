"""The catalogues: complete, in step with the code, and nothing that the bot says escapes them."""

from __future__ import annotations

import ast
import gettext
import re
import string
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from babel.messages.catalog import Message as CatalogMessage

from bot import config as configuration
from bot.build.rapport import Rapport
from bot.running.rapport import rapport
from core.assistant.commands import COMMANDS
from core.i18n import __main__ as locales
from core.i18n.translator import FOLDER, LANGUAGES, Translator, Translators
from core.language.nouns import KINDS, counted, the
from core.messages import Attachment, Chat, Message, Photo, Reply, Sender
from core.models.onnx.yolo11 import CATEGORIES
from tests.support.fakes import blocks, fake_models

TRANSLATED = [language for language in LANGUAGES if language != "en"]
HOME = Chat("telegram", "1", private=True)


def texts(entry: CatalogMessage) -> list[str]:
    return locales.forms(entry.string)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


# ── the files ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_has_a_translation_and_every_translation_a_sentence(language: str) -> None:
    catalogue = locales.read(language)
    said = {entry.id for entry in locales.template() if entry.id}
    assert {entry.id for entry in catalogue if entry.id} == said, "run: python -m core.i18n"
    assert locales.missing(catalogue) == []


def test_a_sentence_in_a_variable_is_marked_for_its_translators() -> None:
    """What `gettext` is given by a name is taken up only where its literal stands in `gettext_noop`."""
    unmarked = []
    for file in (*(FOLDER.parents[2] / "core").rglob("*.py"), *(FOLDER.parents[2] / "adapters").rglob("*.py")):
        nodes = [*ast.walk(ast.parse(file.read_text("utf-8")))]
        plain = {
            target.id
            for node in nodes
            if isinstance(node, ast.Assign)
            for value in ([node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value])
            for target in node.targets
            if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str)
            if value.value
        }
        for call in nodes:
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "gettext":
                given = {one.id for one in ast.walk(call.args[0]) if isinstance(one, ast.Name)}
                unmarked += [f"{file.name}:{call.lineno} {name}" for name in given & plain]
    assert not unmarked


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_placeholders_of_its_sentence(language: str) -> None:
    wrong = []
    for entry in locales.read(language):
        forms = list(entry.id) if isinstance(entry.id, list | tuple) else [entry.id]
        wanted = placeholders(forms[-1])  # the form for one may spell its number out
        if entry.id and (placeholders(texts(entry)[-1]) != wanted or not placeholders(texts(entry)[0]) <= wanted):
            wrong.append(entry.id)
    assert not wrong


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_the_one_that_people_read(language: str) -> None:
    source = locales.source(language)
    assert source.with_suffix(".mo").read_bytes() == locales.compiled(locales.read(language)), (
        "run: python -m core.i18n"
    )


@pytest.mark.parametrize("language", TRANSLATED)
def test_commands_keep_their_words_in_every_translation(language: str) -> None:
    command = re.compile(r"/[a-z]+")
    for entry in locales.read(language):
        english = entry.id[0] if isinstance(entry.id, list | tuple) else entry.id
        assert not english or sorted(command.findall(texts(entry)[0])) == sorted(command.findall(english)), english


def test_the_catalogued_kinds_are_those_that_the_detector_sees() -> None:
    assert frozenset(CATEGORIES) == KINDS


# ── what escapes ──────────────────────────────────────────────────────────────────────────────────


class Bracketed(gettext.NullTranslations):
    """A language that puts every sentence of the catalogue into brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.known = {
            form
            for entry in locales.template()
            for form in (entry.id if isinstance(entry.id, list | tuple) else [entry.id])
        }

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧" if message in self.known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def outside(text: str) -> str:
    """What stands in no brackets, without the words that people and commands brought in."""
    while "⟦" in text:
        text, before = re.sub(r"⟦[^⟦⟧]*⟧", " ", text), text
        assert text != before, text
    text = re.sub(r"/[a-z]+( (yes|no))?|\b(bo|rex|mia|Ann|Shiba|und|oder)\b|barks loudly", " ", text)
    return re.sub(r"[\W\d_]+", " ", text).strip()


ANN, BEN = Sender("1", "Ann", language="de"), Sender("2", "Ben", language="de")
RED, GREEN, BLUE = blocks("red"), blocks("green"), blocks("blue")
ZIP = Attachment("x.zip", "application/zip", b"PK no zip")
STORY: list[tuple[str, list[Photo]]] = [
    ("/start", []), ("/help", []), ("/privacy", []), ("/list", []), ("/export", []), ("/forgetall", []),
    ("hello", []), ("/undo", []), ("/remember bo", []), ("/remember", []), ("/remmeber bo", []), ("/xyz", []),
    ("/remember bo | dog | barks loudly", [RED]), ("/remember bo", [RED, RED]), ("/remember mia", [BLUE]),
    ("", [RED]), ("", [RED, BLUE]), ("", [blocks("red", "green", "blue", "pink", "black")]),
    ("where is bo?", [blocks("red", "green")]), ("where is mia?", [RED]), ("where is the dog?", [GREEN]),
    ("how many dogs?", [blocks("red", "green")]), ("how many cats?", [RED]), ("is bo here?", [RED]),
    ("is mia here?", [RED]), ("who is bo?", []), ("who is mia?", []), ("what is bo doing?", [RED]),
    ("thanks", []), ("where is bo?", []), ("how many dogs?", []), ("what is bo up to", []),
    ("/show bo", []), ("/list", []), ("/describe bo | barks loudly", []), ("/describe bo", []),
    ("/rename bo", []), ("/rename bo | rex", []), ("/undo", []), ("/category bo | ", []), ("/undo", []),
    ("/category bo | " + "x" * 50, []), ("/show rex", []), ("/rename bo | mia", []), ("/show", []),
    ("/remember " + "x" * 70, [RED]), ("/remember a<b", [RED]), ("/describe bo | " + "x" * 2100, []),
    ("/wrong", [RED]), ("", [RED]), ("/wrong rex", []), ("/wrong bo", []), ("/undo", []), ("/show bo", []),
    ("/confirm yes gone 0 0 1", []), ("/confirm broken", []), ("/aim broken", []), ("/aim 99 1 2 3 4", []),
    ("/settings", []), ("/settings colour red", []), ("/settings edits everybody", []), ("/import", []),
    ("/settings training on", []), ("/consent", []), ("/consent yes", []), ("/consent perhaps", []),
    ("/settings training on yes", []), ("/consent", []), ("/consent yes 99", []), ("/consent no", []),
    ("/consent no", []), ("/settings edits anyone", []), ("/stats", []), ("/forget bo", []), ("/undo", []),
    ("/forget bo", []), ("/undo 1", []), ("/undo 999", []), ("/export", []), ("/forgetall", []), ("/forgetall yes", []),
    ("", [Photo(b"")]), ("", [Photo(b"%PDF")]), ("", [Photo(b"PK..")]), ("", [Photo(RED.data[:300])]),
    ("", [RED] * 11),
]  # fmt: skip


@asynccontextmanager
async def bracketed(folder: Path) -> AsyncIterator[Rapport]:
    url = f"sqlite+aiosqlite:///{folder / 'rapport.db'}"
    quotas = {"person_photos_minute": 0, "chat_photos_minute": 0}
    config = configuration.load(store={"url": url}, quotas=quotas)
    translators = Translators({"de": Translator("de", Bracketed())})
    async with rapport(config, fake_models(), translators) as running:
        yield running


async def say(
    running: Rapport, text: str, *photos: Photo, by: Sender = ANN, files: tuple[Attachment, ...] = ()
) -> Reply:
    message = Message(HOME, by, text, photos, files)
    return [reply async for reply in running.assistant.answer(message)][-1]


def words_of(reply: Reply) -> str:
    cards = [f"{card.title} {card.text}" for card in reply.cards]
    return "\n".join([reply.text, *(button.label for button in reply.buttons), *cards])


async def test_nothing_that_the_bot_says_escapes_the_catalogue(tmp_path: Path) -> None:
    async with bracketed(tmp_path) as running:
        told = [(text, words_of(await say(running, text, *photos))) for text, photos in STORY]
        told.append(("a bad zip", words_of(await say(running, "/import", files=(ZIP,)))))
        told.append(("someone else's", words_of(await say(running, "/forgetall", by=BEN))))
    allowed = {
        "replies",
        "edits",
        "language",
        "diary",
        "keep",
        "training",
        "faces",
        "on",
        "off",
        "addressed",
        "known",
        "all",
        "creator",
        "anyone",
        "auto",
    }
    allowed |= {"en", "de", "es", "zh", "English", "Deutsch", "español", "中文"}  # the settings' own words
    escaped = {text: set(outside(said).split()) - allowed for text, said in told}
    escaped = {text: words - {"x" * 50, "x" * 70} for text, words in escaped.items()}
    escaped = {text: {word for word in words if "January" not in word} for text, words in escaped.items()}
    assert {text: words for text, words in escaped.items() if words} == {}


# ── which language ────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Rapport]:
    url = f"sqlite+aiosqlite:///{folder / 'rapport.db'}"
    async with rapport(configuration.load(store={"url": url}), fake_models()) as running:
        yield running


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de-AT", "Schön, bo kennenzulernen!"),
        ("es", "¡Encantado de conocer a bo!"),
        ("zh-Hans-CN", "很高兴认识 bo！"),
        ("zh_TW", "很高兴认识 bo！"),
        ("en-US", "Nice to meet bo!"),
        ("fr", "Nice to meet bo!"),
        ("", "Nice to meet bo!"),
    ],
)
async def test_the_bot_speaks_the_language_that_the_platform_is_set_to(
    tmp_path: Path, language: str, said: str
) -> None:
    async with serving(tmp_path) as running:
        sender = Sender("1", "Ann", language=language)
        assert (await say(running, "/remember bo", RED, by=sender)).text.startswith(said)


async def test_a_chats_own_language_wins_and_is_spoken_at_once(tmp_path: Path) -> None:
    german = Sender("1", "Ann", language="de")
    async with serving(tmp_path) as running:
        assert "我什么都回答" not in (await say(running, "/settings", by=german)).text
        set_to = await say(running, "/settings language zh", by=german)
        assert "language：zh（中文）" in set_to.text
        assert "有人对我说话时我才回答" in set_to.text
        assert (await say(running, "/show rex", by=german)).text == "这里我不认识叫 rex 的人或东西。"
        await say(running, "/settings language auto", by=german)
        unknown = "Hier kenne ich niemanden und nichts mit dem Namen rex."
        assert (await say(running, "/show rex", by=german)).text == unknown


async def test_an_answer_about_a_photo_is_whole_german(tmp_path: Path) -> None:
    german = Sender("1", "Ann", language="de")
    async with serving(tmp_path) as running:
        await say(running, "/remember Bo", RED, by=german)
        reply = await say(running, "", blocks("red", "green", "pink", "black"), by=german)
        assert reply.text == (
            "Links ist Bo. Außerdem sehe ich einen Stuhl, einen Hund und eine Person, die ich nicht kenne."
        )
        assert [button.label for button in reply.buttons] == ["Nicht Bo", "Wer ist Nummer 2?", "Wer ist Nummer 3?"]
        counted = await say(running, "Wie viele Hunde siehst du?", blocks("red", "green"), by=german)
        assert counted.text == "Ich sehe zwei Hunde: Bo und einen, den ich nicht kenne."
        assert (await say(running, "/show bo", by=german)).text.startswith("Bo (Hund)\n")


@pytest.mark.parametrize(
    ("language", "question", "said"),
    [
        ("de", "Wo ist Bo?", "Bo ist links."),
        ("de", "Siehst du Bo?", "Ja, Bo ist links."),
        ("es", "¿Dónde está Bo?", "Bo está a la izquierda."),
        ("es", "¿Cuántos perros hay?", "Hay dos perros: Bo y uno que no conozco."),
        ("es", "¿Está Bo en la foto?", "Sí, Bo está a la izquierda."),
        ("zh", "Bo在哪里？", "Bo 在左边。"),
        ("zh", "照片里有几只狗？", "有两只狗：Bo 和一只我不认识的。"),
        ("zh", "照片里有Bo吗？", "在，Bo 在左边。"),
        ("zh", "where is bo?", "Bo 在左边。"),
    ],
)
async def test_questions_are_understood_in_the_chats_language_and_in_english(
    tmp_path: Path, language: str, question: str, said: str
) -> None:
    sender = Sender("1", "Ann", language=language)
    async with serving(tmp_path) as running:
        await say(running, "/remember Bo", RED, by=sender)
        assert (await say(running, question, blocks("red", "green"), by=sender)).text == said


def test_a_kind_that_is_not_in_the_catalogue_is_said_as_it_stands() -> None:
    translator = Translators.load().of("de")
    assert counted("Dackel", 1, translator) == "Dackel"
    assert counted("Dackel {x}", 3, translator) == "3 × Dackel {x}"
    assert the("Dackel", translator) == "Dackel"


def test_the_help_lists_every_command_in_every_language() -> None:
    for language in LANGUAGES:
        text = COMMANDS.help(Translators.load().of(language))
        assert all(f"/{one.name}" in text for one in COMMANDS.listed)
