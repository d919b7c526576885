"""Messages that are translated later, into the language of whoever reads them.

Messages are English and plain literals in the code: `python -m core.i18n` extracts them for the catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LazyString:
    """A message to be translated, and the values of its {placeholders}, which may be lazy strings themselves.

    With `more`, its plural form, `sentence` is the singular form and `count` the number that chooses between them.
    """

    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)
    more: str = ""
    count: float = 1

    def __str__(self) -> str:
        chosen = self.sentence if self.count == 1 or not self.more else self.more
        if not self.values:
            return chosen
        return chosen.format(
            **{
                key: f"{whole(value):,}" if isinstance(value, int | float) else str(value)
                for key, value in self.values.items()
            }
        )


def gettext_noop(sentence: str) -> str:
    """The message itself, marked for extraction: it is translated where it is used."""
    return sentence


def lazy_gettext(sentence: str, **values: object) -> LazyString:
    """A message with the values of its placeholders, to be translated later."""
    return LazyString(sentence, values)


def lazy_ngettext(one: str, more: str, count: float, **values: object) -> LazyString:
    """A message in singular and plural, to be translated later; `count` chooses and is the value of {count}."""
    return LazyString(one, {"count": count, **values}, more, count)


def whole(number: float) -> float:
    """The number, as an int where it is one: 30.0 is said as 30."""
    return int(number) if number == int(number) else number
