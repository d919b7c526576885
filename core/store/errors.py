"""What the database says, told in a sentence that says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from socket import gaierror

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

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
_NOBODY = "Nothing listens at {address}. Start the server, or put its host and port into store.url."
_SLOW = "{address} took too long. Is its server busy, or its disk?"
_SERVER_DAMAGED = (
    "{address} is damaged, as its server says. pg_amcheck tells what is; put a backup in its place with the server's "
    "own tools."
)
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
    "53300": (
        Fault.GONE,
        "{address} has no connection left for Rapport. Raise max_connections there, or let fewer programs use it.",
    ),
    "25006": (Fault.READ_ONLY, "The store at {address} takes no changes: it is a read-only server right now."),
    "25P03": (Fault.GONE, _OUT_OF_REACH),  # the server has ended a transaction in which nothing happened
    "28P01": (Fault.GONE, "{address} refuses the password. Put the right one into store.url."),
    "28": (
        Fault.GONE,
        "{address} doesn't let that role in. Create it there (`createuser`), or allow it in the server's pg_hba.conf.",
    ),
    "3D000": (
        Fault.GONE,
        "There is no such database at {address}. Create it there (`createdb`), or name another one in store.url.",
    ),
    "40": (Fault.LOCKED, _LOCKED),  # conflicts, again and again
    "42501": (
        Fault.READ_ONLY,
        "{address} doesn't let that role do what the store needs. Let it own the database "
        "(`ALTER DATABASE … OWNER TO …`).",
    ),
    "55P03": (Fault.LOCKED, _LOCKED),
    "57014": (Fault.SILENT, _SLOW),
    "57P03": (Fault.GONE, "{address} is starting, stopping or recovering. Try again in a moment."),
    "08": (Fault.GONE, _OUT_OF_REACH),
    "57P": (Fault.GONE, _OUT_OF_REACH),
    "XX001": (Fault.DAMAGED, _SERVER_DAMAGED),
    "XX002": (Fault.DAMAGED, _SERVER_DAMAGED),
}
# What the way to a server fails with.
_WAYS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "{address} doesn't answer. Is the server well, and does nothing on the way to it keep it out?"),
    (gaierror, "There is no server of that name: {address}. Check the host in store.url."),
    (ConnectionRefusedError, _NOBODY),
    (FileNotFoundError, _NOBODY),
)
# What a database can't hold as text: PostgreSQL's SQLSTATEs.
_NO_TEXT = ("22021", "22P05")
# Serialization failure and deadlock (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html).
_CONFLICTS = ("40001", "40P01")

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
    except DATABASE_ERRORS as error:
        if is_broken_text(error):
            raise UserError(_BROKEN) from error
        raise store_error(error, address) from error


def is_broken_text(error: BaseException) -> bool:
    """Whether the database only says that it can't hold the text it was given: what people wrote is broken."""
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _NO_TEXT:
        return True
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, UnicodeEncodeError):  # asyncpg's own error has it as its cause
        cause = cause.__cause__
    return cause is not None


def is_conflict(error: Exception) -> bool:
    """Whether a server has taken a transaction back because it and another one stood in each other's way."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _CONFLICTS


def store_error(error: Exception, address: str) -> StoreError:
    """What went wrong in the database, with a sentence about `address` and its kind."""
    if isinstance(error, OSError) and "://" in address:
        sentence = next((told for kind, told in _WAYS if isinstance(error, kind)), _OUT_OF_REACH)
        return StoreError(sentence.format(address=address), Fault.GONE)
    if isinstance(error, PoolTimeout):
        return StoreError(_SLOW.format(address=address), Fault.SILENT)
    if isinstance(error, OSError):
        fault, sentence = _KINDS["SQLITE_FULL" if error.errno == ENOSPC else "SQLITE_CANTOPEN"]
        return StoreError(sentence.format(address=address), fault)
    cause = (error.orig or error) if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorname", "") or str(getattr(cause, "sqlstate", "") or "")
    for start, (fault, sentence) in _KINDS.items():
        if code.startswith(start):
            return StoreError(sentence.format(address=address), fault)
    if isinstance(cause, ValueError) or (isinstance(cause, sqlite3.OperationalError) and not code):  # no text, no date
        damaged = _SERVER_DAMAGED if "://" in address else DAMAGED
        return StoreError(damaged.format(address=address), Fault.DAMAGED)
    # The error's own text may quote what people wrote: only its kind is told.
    kind = code or type(cause.__cause__ or cause).__name__  # asyncpg's own is the cause of SQLAlchemy's
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    remedy = "Run `python -m bot doctor`" if "://" in address else "`python -m bot store check` tells if it is damaged"
    sentence = f"The store at {address} failed ({kind}). {remedy}."
    return StoreError(sentence, Fault.GONE if gone else Fault.BROKEN)
