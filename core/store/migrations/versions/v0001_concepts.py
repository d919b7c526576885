"""Chats, their concepts with texts, references and embeddings, and the changes that can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the first tables."""
    _chats()
    _concepts()
    _infos()
    _references()
    _embeddings()
    _changes()


def _guard() -> sa.Column[bytes]:
    return sa.Column("guard", sa.LargeBinary(), nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_concept(table: str, ondelete: str, *, nullable: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("concepts.id", name=f"fk_{table}_concept", ondelete=ondelete)
    return sa.Column("concept", sa.Integer(), key, nullable=nullable)


def _of_chat(table: str) -> sa.Column[str]:
    return sa.Column("chat", sa.Text(), sa.ForeignKey("chats.key", name=f"fk_{table}_chat"), nullable=False)


def _chats() -> None:
    op.create_table(
        "chats",
        sa.Column("key", sa.Text()),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_chats"),
    )


def _concepts() -> None:
    op.create_table(
        "concepts",
        sa.Column("id", sa.Integer()),
        _of_chat("concepts"),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        _time("created_at"),
        _time("erase_at", nullable=True),
        sa.Column("forgotten_in", sa.Integer()),
        _guard(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text()),
        sa.Column("creator_id", sa.Text(), nullable=False),
        sa.Column("creator_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_concepts"),
        sqlite_autoincrement=True,
    )
    forgotten = sa.text("erase_at IS NOT NULL")
    op.create_index("ix_concepts_chat", "concepts", ["chat", "bucket"])
    op.create_index(
        "ix_concepts_erase_at", "concepts", ["erase_at"], sqlite_where=forgotten, postgresql_where=forgotten
    )


def _infos() -> None:
    op.create_table(
        "infos",
        sa.Column("id", sa.Integer()),
        _of_concept("infos", "CASCADE"),
        _time("at"),
        _guard(),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_infos"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_infos_concept", "infos", ["concept"])


def _references() -> None:
    op.create_table(
        "references",
        sa.Column("id", sa.Integer()),
        _of_concept("references", "CASCADE"),
        sa.Column("negative", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        _time("at"),
        _guard(),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("box", sa.JSON(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("photo", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_references"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_references_concept", "references", ["concept"])


def _embeddings() -> None:
    reference = sa.ForeignKey("references.id", name="fk_embeddings_reference", ondelete="CASCADE")
    op.create_table(
        "embeddings",
        sa.Column("reference", sa.Integer(), reference, nullable=False),
        sa.Column("encoder", sa.Text(), nullable=False),
        _guard(),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("reference", "encoder", name="pk_embeddings"),
    )


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer()),
        _of_chat("changes"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        _time("at"),
        _of_concept("changes", "SET NULL", nullable=True),
        sa.Column("undone_by", sa.Text()),
        sa.Column("erased", sa.Boolean(), nullable=False),
        _guard(),
        sa.Column("detail", sa.JSON()),
        sa.Column("kept", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_concept", "changes", ["concept"])
    op.create_index("ix_changes_chat", "changes", ["chat", "id"])
