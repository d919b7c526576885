"""Numbers as people read them."""

from __future__ import annotations

from math import ceil

from core.i18n.lazy_strings import whole


def counted(count: float, noun: str, plural: str = "") -> str:
    """As in "1 photo", "2 photos", for the host: what a chat reads has its plurals in the catalogues.

    `plural` is that of a noun whose plural isn't made with an s.
    """
    return f"{whole(count):,} {noun if count == 1 else plural or f'{noun}s'}"


def millions(count: int) -> float:
    """Bytes as megabytes, pixels as megapixels: to a tenth, and of less than one to a thousandth, never 0."""
    exact = count / 1e6
    return whole(round(exact, 1 if exact >= 1 else 3))


def millions_over(count: int) -> float:
    """The same of what is more than a limit: rounded up, so that it isn't told as the limit itself."""
    return whole(ceil(count / 1e5) / 10)
