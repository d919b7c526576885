"""A diary of sightings, photos that people chose to keep, and what was said on the web page."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, empty."""
    _sightings()
    _kept_photos()
    _lines()


def _guard() -> sa.Column[bytes]:
    return sa.Column("guard", sa.LargeBinary(), nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def _of(table: str, column: str, target: str) -> sa.Column[int]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}", ondelete="CASCADE")
    return sa.Column(column, sa.Integer(), key, nullable=False)


def _sightings() -> None:
    op.create_table(
        "sightings",
        sa.Column("id", sa.Integer()),
        _of("sightings", "concept", "concepts"),
        _time("at"),
        _guard(),
        *_texts("sender", "message"),
        sa.PrimaryKeyConstraint("id", name="pk_sightings"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sightings_concept", "sightings", ["concept"])


def _kept_photos() -> None:
    op.create_table(
        "kept_photos",
        sa.Column("id", sa.Integer()),
        sa.Column("chat", sa.Text(), sa.ForeignKey("chats.key", name="fk_kept_photos_chat"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        _time("at"),
        _time("erase_at", nullable=True),
        sa.Column("forgotten_in", sa.Integer()),
        _guard(),
        *_texts("person", "author", "message"),
        sa.Column("photo", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kept_photos"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_kept_photos_person", "kept_photos", ["person"])
    op.create_index("ix_kept_photos_chat", "kept_photos", ["chat", "number"])
    due = sa.text("erase_at IS NOT NULL")
    op.create_index("ix_kept_photos_erase_at", "kept_photos", ["erase_at"], sqlite_where=due, postgresql_where=due)
    op.create_table(
        "kept_shows",
        _of("kept_shows", "kept", "kept_photos"),
        _of("kept_shows", "concept", "concepts"),
        *_flags("sure"),
        sa.PrimaryKeyConstraint("kept", "concept", name="pk_kept_shows"),
    )
    op.create_index("ix_kept_shows_concept", "kept_shows", ["concept"])


def _lines() -> None:
    op.create_table(
        "lines",
        sa.Column("id", sa.Integer()),
        sa.Column("chat", sa.Text(), nullable=False),
        _time("at"),
        *_flags("reply", "private", "failed", "pressed", "redacted"),
        sa.Column("photos", sa.Integer(), nullable=False),
        _guard(),
        *_texts("entry", "about", "author", "name", "label", "text"),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lines"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lines_chat", "lines", ["chat", "id"])
    op.create_index("ix_lines_at", "lines", ["at"])
