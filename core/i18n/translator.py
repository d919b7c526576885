"""Translators, one for each language: messages by gettext catalogues, lists, dates and numbers by Unicode's CLDR."""

from __future__ import annotations

import gettext
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Literal, Self

from core.i18n.lazy_strings import LazyString, whole

LANGUAGES = ("en", "de", "es", "zh")
FOLDER = Path(__file__).parent / "locales"
DOMAIN = "rapport"
_LOCALES = {"en": "en_GB", "de": "de", "es": "es", "zh": "zh_Hans_CN"}  # British: no comma before "and"


@dataclass(frozen=True, slots=True, eq=False)
class Translator:
    """Translates into one language. A message that the catalogue doesn't have stays English."""

    language: str
    catalogue: gettext.NullTranslations

    @property
    def sentence_gap(self) -> str:
        """What separates two sentences."""
        return "" if self.language == "zh" else " "

    @property
    def colon(self) -> str:
        """What stands between a name and what is said of it in a list."""
        return "：" if self.language == "zh" else ": "

    def in_brackets(self, text: str) -> str:
        """A remark in brackets, as it follows a word."""
        return f"（{text}）" if self.language == "zh" else f" ({text})"

    def gettext(self, message: str | LazyString, **values: object) -> str:
        """The message in this language, `values` in its {placeholders}; "" for ""."""
        if isinstance(message, str):
            return self._fill(self.catalogue.gettext(message) if message else "", values)
        if message.more:
            translated = self.catalogue.ngettext(message.sentence, message.more, _chooses(message.count))
        else:
            translated = self.catalogue.gettext(message.sentence)
        return self._fill(translated, {**message.values, **values})

    def ngettext(self, one: str, more: str, count: float, **values: object) -> str:
        """The message in the plural form that this language has for `count`, which is the value of {count}."""
        return self._fill(self.catalogue.ngettext(one, more, _chooses(count)), {"count": count, **values})

    def format_list(self, words: Sequence[str], *, last: Literal["and", "or"] = "and") -> str:
        """A list in words: "bo, mia and a chair"; with `last="or"`: "bo, mia or a chair"."""
        from babel.lists import format_list  # noqa: PLC0415 - loaded when the first answer needs it

        style: Literal["or", "standard"] = "or" if last == "or" else "standard"
        if self.language != "zh":
            return format_list(list(words), style, _LOCALES[self.language])
        values = {f"word{number}": word for number, word in enumerate(words)}
        return self._fill(format_list([f"{{{key}}}" for key in values], style, _LOCALES["zh"]), values)

    def format_date(self, moment: datetime) -> str:
        """A date in the long format: "24 November 2026"."""
        from babel.dates import format_date  # noqa: PLC0415 - see above

        return format_date(moment, "long", _LOCALES[self.language])

    def format_day(self, moment: datetime) -> str:
        """A date without its year: "24 November"."""
        from babel.dates import format_skeleton  # noqa: PLC0415 - see above

        return format_skeleton("MMMMd", moment, locale=_LOCALES[self.language])

    def format_weekday(self, moment: datetime) -> str:
        """The day of the week: "Tuesday"."""
        from babel.dates import format_date  # noqa: PLC0415 - see above

        return format_date(moment, "EEEE", _LOCALES[self.language])

    def format_time(self, moment: datetime) -> str:
        """The time of day: "15:20"."""
        from babel.dates import format_time  # noqa: PLC0415 - see above

        return format_time(moment.time(), "short", locale=_LOCALES[self.language])

    def _fill(self, sentence: str, values: Mapping[str, object]) -> str:
        if not values:
            return sentence
        filled = {key: self._value(value) for key, value in values.items()}
        if self.language != "zh":
            return sentence.format(**filled)
        text = ""
        for literal, key, _, _ in Formatter().parse(sentence):
            text = _joined(text, literal)
            text = _joined(text, filled[key]) if key else text
        return text

    def _value(self, value: object) -> str:
        if isinstance(value, LazyString):
            return self.gettext(value)
        if isinstance(value, int) and abs(value) < 1000:
            return str(value)  # the same in all our languages, and most numbers are such
        if isinstance(value, int | float):
            from babel.numbers import format_decimal  # noqa: PLC0415 - see above

            return format_decimal(value, locale=_LOCALES[self.language])
        return str(value)


def _chooses(count: float) -> int:
    """The whole number whose plural form `count` takes: with a fraction that of two, in all our languages."""
    number = whole(count)
    return number if isinstance(number, int) else 2


def _joined(text: str, more: str) -> str:
    """Two pieces of a Chinese sentence, with a space where a character and a letter or number meet."""
    before, after = text[-1:], more[:1]
    apart = (_is_character(before) and _is_letter(after)) or (_is_letter(before) and _is_character(after))
    return f"{text} {more}" if apart else text + more


def _is_character(letter: str) -> bool:
    return letter >= "\u3400" and letter.isalpha()


def _is_letter(letter: str) -> bool:
    return letter < "\u2e80" and (letter.isalnum() or letter == "/")


ENGLISH = Translator("en", gettext.NullTranslations())


@dataclass(frozen=True, slots=True)
class Translators:
    """The translators of all languages, by the primary subtag of their BCP 47 tags."""

    by_language: Mapping[str, Translator]

    @classmethod
    def load(cls) -> Self:
        """Read the catalogues that come with the program. Blocking, a few milliseconds."""
        translated = {
            language: Translator(language, gettext.translation(DOMAIN, FOLDER, [language]))
            for language in LANGUAGES
            if language != "en"
        }
        return cls(MappingProxyType({"en": ENGLISH, **translated}))

    def of(self, *tags: str) -> Translator:
        """The translator for the first of the BCP 47 tags ("de", "zh-Hant-TW") that there is one for; else English."""
        for tag in tags:
            translator = self.by_language.get(tag.replace("_", "-").partition("-")[0].lower())
            if translator is not None:
                return translator
        return ENGLISH
