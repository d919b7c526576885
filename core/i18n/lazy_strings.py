"""Sentences that are said later, in the language of whoever reads them.

The sentences in the code are English and stand in it as plain literals: `python -m core.i18n` collects
them for the catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LazyString:
    """An English sentence with what goes into its {places}; values may be phrases themselves.

    With `more` it has two forms, for one and for any other `count`.
    """

    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)
    more: str = ""
    count: int = 1

    def __str__(self) -> str:
        chosen = self.sentence if self.count == 1 or not self.more else self.more
        if not self.values:
            return chosen
        return chosen.format(**{key: _in_english(value) for key, value in self.values.items()})


def gettext_noop(sentence: str) -> str:
    """The sentence itself: says that it is one to be translated where it is used."""
    return sentence


def lazy_gettext(sentence: str, **values: object) -> LazyString:
    """A sentence and what goes into it."""
    return LazyString(sentence, values)


def lazy_ngettext(one: str, more: str, count: int, **values: object) -> LazyString:
    """A sentence about a number of things, which it may speak of as {count}."""
    return LazyString(one, {"count": count, **values}, more, count)


def _in_english(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
