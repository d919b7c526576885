"""What the database says, told in a sentence that says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.errors import StoreError, UserError
from core.i18n.lazy_strings import gettext_noop

DAMAGED = (
    "{address} is damaged. `python -m bot store check` tells what can still be read, "
    "`python -m bot store restore BACKUP` puts a backup in its place."
)
EMPTIED = (
    "{address} is empty, and there was a store. `python -m bot store restore BACKUP` puts a backup in its place; "
    "to start anew, delete {address}."
)
# SQLite's result codes (https://sqlite.org/rescode.html) by the start of their names.
_SENTENCES = {
    "SQLITE_NOTADB": "{address} is not a Rapport store: it is damaged, and `python -m bot store restore BACKUP` puts a "
    "backup in its place, or it is another program's file: name another one.",
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_CANTOPEN": "{address} can't be opened. Check that its folder exists and that you may write there.",
    "SQLITE_READONLY": "{address} can't be written to. Check the permissions of the file and its folder.",
    "SQLITE_FULL": "The disk that holds {address} is full. Make room and try again.",
    "SQLITE_BUSY": "{address} has long been in use by another program. Close that one, or try again.",
    "SQLITE_IOERR": "The disk that holds {address} failed while reading or writing. Perhaps it is full.",
}

_BROKEN = gettext_noop("That text holds broken characters that I can't write down.")


def refuse_broken(*given: object) -> None:
    """Raise `UserError` if a text among them is one that some database can't hold."""
    for text in given:
        # Half of a surrogate pair is no UTF-8, and PostgreSQL has no NUL.
        if isinstance(text, str) and ("\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text)):
            raise UserError(_BROKEN)


@contextmanager
def told_plainly(address: str) -> Iterator[None]:
    """Raise `StoreError` with a sentence about `address` for whatever goes wrong in the database inside."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise UserError(_BROKEN) from error
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StoreError(_sentence(error, address)) from error


def _sentence(error: Exception, address: str) -> str:
    if isinstance(error, OSError) and "://" in address:
        return f"{address} can't be reached. Is the server running, and is store.url right?"
    if isinstance(error, OSError):
        kind = "SQLITE_FULL" if error.errno == ENOSPC else "SQLITE_CANTOPEN"
        return _SENTENCES[kind].format(address=address)
    cause = (error.orig or error) if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorname", "")
    for start, sentence in _SENTENCES.items():
        if code.startswith(start):
            return sentence.format(address=address)
    # The error's own text may quote what people wrote: only its kind is told.
    kind = code or type(cause.__cause__ or cause).__name__  # asyncpg's own is the cause of SQLAlchemy's
    return f"The store at {address} failed ({kind}). Run `python -m bot doctor`."
