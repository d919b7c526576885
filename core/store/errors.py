"""What the database says, told in a sentence that says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.errors import Fault, StoreError, UserError
from core.i18n.lazy_strings import gettext_noop

# Where SQLite's message quotes the bytes that it stumbled over, Python can't decode the message.
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
# Which `told_plainly` tells in a sentence; ValueError: what is no text, date or JSON.
DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, OSError, ValueError)
DAMAGED = (
    "{address} is damaged. `python -m bot store check` tells what can still be read, "
    "`python -m bot store restore BACKUP` puts a backup in its place."
)
EMPTIED = (
    "{address} is empty, and there was a store. `python -m bot store restore BACKUP` puts a backup in its place; "
    "to start anew, delete {address}."
)
FULL = "The disk that holds {address} is full. Make room: Rapport goes on by itself."
_READ_ONLY = "{address} can't be written to. Check the permissions of the file and its folder."
_LOCKED = "{address} has long been in use by another program. Close that one, or try again."
_GONE = "{address} can't be opened. Check that its folder exists and that you may write there."
_OUT_OF_REACH = "{address} can't be reached. Is the server running, and is store.url right?"
# By the start of SQLite's result codes (https://sqlite.org/rescode.html), or of PostgreSQL's SQLSTATE
# (https://www.postgresql.org/docs/current/errcodes-appendix.html): the longer one first.
_KINDS = {
    "SQLITE_NOTADB": (
        Fault.DAMAGED,
        "{address} is not a Rapport store: it is damaged, and `python -m bot store restore BACKUP` puts a "
        "backup in its place, or it is another program's file: name another one.",
    ),
    "SQLITE_CORRUPT": (Fault.DAMAGED, DAMAGED),
    "SQLITE_TOOBIG": (Fault.DAMAGED, DAMAGED),  # a length that no row of ours has
    "SQLITE_CANTOPEN": (Fault.GONE, _GONE),
    "SQLITE_READONLY": (Fault.READ_ONLY, _READ_ONLY),
    "SQLITE_FULL": (Fault.FULL, FULL),
    "SQLITE_BUSY": (Fault.LOCKED, _LOCKED),
    "SQLITE_IOERR_SHMSIZE": (Fault.FULL, FULL),
    "SQLITE_IOERR": (
        Fault.BROKEN,
        "The disk that holds {address} failed while reading or writing. Perhaps it is full.",
    ),
    "53100": (Fault.FULL, FULL),
    "25006": (Fault.READ_ONLY, "The store at {address} takes no changes: it is a read-only server right now."),
    "55P03": (Fault.LOCKED, _LOCKED),
    "08": (Fault.GONE, _OUT_OF_REACH),
    "57P": (Fault.GONE, _OUT_OF_REACH),
    "XX00": (Fault.DAMAGED, DAMAGED),
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
    except DATABASE_ERRORS as error:
        raise store_error(error, address) from error


def store_error(error: Exception, address: str) -> StoreError:
    """What went wrong in the database, with a sentence about `address` and its kind."""
    if isinstance(error, OSError) and "://" in address:
        return StoreError(_OUT_OF_REACH.format(address=address), Fault.GONE)
    if isinstance(error, OSError):
        fault, sentence = _KINDS["SQLITE_FULL" if error.errno == ENOSPC else "SQLITE_CANTOPEN"]
        return StoreError(sentence.format(address=address), fault)
    cause = (error.orig or error) if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorname", "") or str(getattr(cause, "sqlstate", "") or "")
    for start, (fault, sentence) in _KINDS.items():
        if code.startswith(start):
            return StoreError(sentence.format(address=address), fault)
    if isinstance(cause, ValueError) or (isinstance(cause, sqlite3.OperationalError) and not code):  # no text, no date
        return StoreError(DAMAGED.format(address=address), Fault.DAMAGED)
    # The error's own text may quote what people wrote: only its kind is told.
    kind = code or type(cause.__cause__ or cause).__name__  # asyncpg's own is the cause of SQLAlchemy's
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    remedy = "Run `python -m bot doctor`" if "://" in address else "`python -m bot store check` tells if it is damaged"
    sentence = f"The store at {address} failed ({kind}). {remedy}."
    return StoreError(sentence, Fault.GONE if gone else Fault.BROKEN)
