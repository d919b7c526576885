"""A Babel extraction method for `python -m core.i18n`: the messages that core/language/nouns.py makes of its words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from io import BytesIO
from typing import Any

from babel.messages.extract import extract_python

from core.language.nouns import messages


def extract_nouns(
    file: BytesIO, keywords: Any, comment_tags: Collection[str], options: Any
) -> Iterator[tuple[Any, ...]]:
    """The file's literal messages, then those made of its words: (line, function, message or forms, comments).

    Protocol: https://babel.pocoo.org/en/latest/messages.html#writing-extraction-methods
    """
    yield from extract_python(file, keywords, comment_tags, options)
    for message in messages():
        yield 0, "gettext" if isinstance(message, str) else "ngettext", message, []
