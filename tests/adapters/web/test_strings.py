"""The page's strings: every one in every language, and none anywhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from adapters.web.assets import Assets
from adapters.web.languages import LANGUAGE_COOKIE
from core.i18n.translator import LANGUAGES
from tests.support.web_client import ELSEWHERE, page, send

WEB = resources.files("adapters.web")
SCRIPTS = {one.name: one.read_text("utf-8") for one in Path(str(WEB.joinpath("static", "js"))).rglob("*.js")}
PAGES = {one.name: one.read_text("utf-8") for one in WEB.joinpath("pages").iterdir()}
STRINGS: dict[str, dict[str, Any]] = {
    language: json.loads(WEB.joinpath("static", "locales", f"{language}.json").read_text("utf-8"))
    for language in LANGUAGES
}
ENGLISH = STRINGS["en"]
READ_ALOUD = {"aria-label", "title", "placeholder", "alt", "data-lost", "value"}
# Words of the browser's own interfaces, which look as if they were for people.
OF_BROWSERS = {"Enter", "Escape", "Tab", "Files", "English", "Deutsch"} | {
    f"Arrow{one}" for one in ("Up", "Down", "Left", "Right")
}


def forms(value: str | dict[str, str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_there_in_every_language_with_the_same_places_and_commands(language: str) -> None:
    assert STRINGS[language].keys() == ENGLISH.keys()
    for key, value in STRINGS[language].items():
        assert isinstance(value, dict) == isinstance(ENGLISH[key], dict), key
        for form in forms(value):
            assert form, key
            assert set(re.findall(r"\{\w+\}", form)) == set(re.findall(r"\{\w+\}", forms(ENGLISH[key])[-1])), key
            assert form.count("`") == forms(ENGLISH[key])[-1].count("`"), key


def used() -> Iterator[str]:
    for text in SCRIPTS.values():
        yield from re.findall(r"""\bt\(\s*["]([a-z_.]+)["]""", text)
        yield from re.findall(r"""["]([a-z]+\.[a-z_]+)["](?= *[,:?)\]])""", text)
    for text in PAGES.values():
        yield from (key for key in re.findall(r"\{\{([a-z_.]+)\}\}", text) if key != "lang")


def test_every_string_is_used_and_every_one_used_is_there() -> None:
    called = {key for text in SCRIPTS.values() for key in re.findall(r"""\bt\(\s*["]([a-z_.]+)["]""", text)}
    shown = {key for text in PAGES.values() for key in re.findall(r"\{\{([a-z_.]+)\}\}", text)} - {"lang"}
    assert called | shown <= ENGLISH.keys()
    families = {begun for text in SCRIPTS.values() for begun in re.findall(r"\bt\(`([a-z_.]+)\$\{", text)}
    unused = {key for key in ENGLISH.keys() - set(used()) if not key.startswith(tuple(families))}
    assert unused == set()


class Seen(HTMLParser):
    """What people read or hear of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for name, value in attrs if name in READ_ALOUD and value]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_words_of_its_own(name: str) -> None:
    seen = Seen()
    seen.feed(PAGES[name])
    rest = [
        re.sub(r"\{\{[^}]+\}\}", "", text).replace("Rapport", "").replace("bo", "").strip(" ·\n") for text in seen.texts
    ]
    assert [text for text in rest if text] == []


def literals(script: str) -> Iterator[str]:
    """The string literals of a script, without its comments."""
    comment, expression = r"/\*[\s\S]*?\*/|//[^\n]*", r"[(=,:]\s*/(?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/"
    token = re.compile(rf"""{comment}|{expression}|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`""")
    for found in token.finditer(script):
        yield from (one for one in found.groups() if one)


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_has_words_of_its_own(name: str) -> None:
    sentence = re.compile(r"^[A-Z][a-z]+$|^[A-Z][a-z]+ |[a-z][.!?…]( |$)")
    own = [one for one in literals(SCRIPTS[name]) if sentence.search(one) and one not in OF_BROWSERS]
    assert own == []


@pytest.mark.parametrize(
    ("header", "cookie", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "", "de"),
        ("fr-FR,fr;q=0.9,es;q=0.5,en;q=0.4", "", "es"),
        ("en;q=0.3, zh-Hant-TW;q=0.8", "", "zh"),
        ("de;q=0, ja, *;q=0.1, es;q=nonsense", "", "en"),
        ("", "", "en"),
        ("de", "es", "es"),
        ("de", "klingon", "de"),
    ],
)
def test_the_page_is_in_the_chosen_language_else_in_the_browsers(header: str, cookie: str, language: str) -> None:
    with page() as browser:
        browser.headers["Accept-Language"] = header
        if cookie:
            browser.cookies.set(LANGUAGE_COOKIE, cookie)
        shown = browser.get("/")
        assert f'<html lang="{language}">' in shown.text
        assert STRINGS[language]["home.title"] in shown.text
        assert shown.headers["vary"] == "Accept-Language, Cookie"
        assert browser.get("/").status_code == 200
        assert browser.get("/", headers={"If-None-Match": shown.headers["etag"]}).status_code == 304


def test_what_the_server_says_to_a_reader_is_in_their_language() -> None:
    with page(options=ELSEWHERE) as browser:
        browser.headers["Accept-Language"] = "de"
        assert "Anmelden" in browser.get("/").text
        assert "Das ist nicht das Token." in browser.post("/login", data={"token": "wrong"}).text
        assert browser.get("/api/session").json()["error"].startswith("Bitte melde dich")
    with page() as browser:
        browser.headers["Accept-Language"] = "es"
        assert send(browser, "").json() == {"error": "Escribe algo o añade una foto."}
        purposes = {one["word"]: one["purpose"] for one in browser.get("/api/session").json()["commands"]}
        assert "olvid" in purposes["forget"]


def test_every_page_is_made_for_every_language_without_a_place_left() -> None:
    for (language, name), made in Assets.load().pages.items():
        text = made.data.decode()
        assert "{{" not in text, (language, name)
        assert "`" not in text, (language, name)
