"""The languages that the bot speaks: each has a catalogue (gettext) and its manners (Unicode's CLDR)."""

from __future__ import annotations

import gettext
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self

from core.i18n.lazy_strings import LazyString

LANGUAGES = ("en", "de", "es", "zh")
FOLDER = Path(__file__).parent / "locales"
DOMAIN = "rapport"
_LOCALES = {"en": "en_GB", "de": "de", "es": "es", "zh": "zh_Hans_CN"}  # British: no comma before "and"


@dataclass(frozen=True, slots=True, eq=False)
class Translator:
    """One language. What the catalogue doesn't hold is said as it stands."""

    language: str
    catalogue: gettext.NullTranslations

    @property
    def sentence_gap(self) -> str:
        """What stands between two sentences."""
        return "" if self.language == "zh" else " "

    def gettext(self, said: str | LazyString, **values: object) -> str:
        """A sentence in this language, with `values` in its {places}."""
        if isinstance(said, LazyString):
            return self._fill(self._choose(said), {**said.values, **values})
        return self._fill(self.catalogue.gettext(said) if said else "", values)

    def ngettext(self, one: str, more: str, count: int, **values: object) -> str:
        """A sentence about a number of things, in the form that this language has for it."""
        return self._fill(self.catalogue.ngettext(one, more, count), {"count": count, **values})

    def translates(self, sentence: str) -> bool:
        """Whether the sentence can be said in this language."""
        return self.language == "en" or self.catalogue.gettext(sentence) != sentence

    def format_list(self, words: Sequence[str], *, last: Literal["and", "or"] = "and") -> str:
        """A list as it is said: "bo, mia and a chair"; with `last="or"`: "bo, mia or a chair"."""
        from babel.lists import format_list  # noqa: PLC0415 - loaded when the first answer needs it

        return format_list(list(words), "or" if last == "or" else "standard", _LOCALES[self.language])

    def format_date(self, moment: datetime) -> str:
        """A day as it is written out: "24 November 2026"."""
        from babel.dates import format_date  # noqa: PLC0415 - see above

        return format_date(moment, "long", _LOCALES[self.language])

    def _choose(self, said: LazyString) -> str:
        if said.more:
            return self.catalogue.ngettext(said.sentence, said.more, said.count)
        return self.catalogue.gettext(said.sentence)

    def _fill(self, sentence: str, values: Mapping[str, object]) -> str:
        if not values:
            return sentence
        return sentence.format(**{key: self._value(value) for key, value in values.items()})

    def _value(self, value: object) -> str:
        if isinstance(value, LazyString):
            return self.gettext(value)
        if isinstance(value, int) and abs(value) < 1000:
            return str(value)  # the same in all our languages, and most numbers are such
        if isinstance(value, int | float):
            from babel.numbers import format_decimal  # noqa: PLC0415 - see above

            return format_decimal(value, locale=_LOCALES[self.language])
        return str(value)


ENGLISH = Translator("en", gettext.NullTranslations())


@dataclass(frozen=True, slots=True)
class Translators:
    """All languages, by the first part of their BCP 47 tags."""

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

    def of(self, *wishes: str) -> Translator:
        """The first wish that can be met, as "de" or "zh-Hant-TW"; English when none can."""
        for wish in wishes:
            translator = self.by_language.get(wish.replace("_", "-").partition("-")[0].lower())
            if translator is not None:
                return translator
        return ENGLISH
