"""The concept store: what each chat was told, in a SQL database (SQLite or PostgreSQL).

`Store` is all that others use; every edit checks by itself who may make it.
"""

from core.store.store import Store

__all__ = ["Store"]
