"""Who agrees to training, and who has told which text and taught which photo."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_changes = sa.table(
    "changes",
    sa.column("kind", sa.Text()),
    sa.column("author_id", sa.Text()),
    sa.column("detail", sa.JSON(none_as_null=True)),
)
_infos = sa.table("infos", sa.column("id", sa.Integer()))
_authors = sa.table(
    "reference_authors",
    sa.column("reference", sa.Integer()),
    sa.column("person", sa.Text()),
    sa.column("taught", sa.Boolean()),
)


def upgrade() -> None:
    """Add the tables. Of older photos and texts only what a change on record tells is known: no more is assumed."""
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer()),
        sa.Column("chat", sa.Text(), sa.ForeignKey("chats.key", name="fk_consents_chat"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wording", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("guard", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consents_chat", "consents", ["chat"])
    info = sa.ForeignKey("infos.id", name="fk_info_authors_info", ondelete="CASCADE")
    authors = op.create_table(
        "info_authors",
        sa.Column("info", sa.Integer(), info, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("info", name="pk_info_authors"),
    )
    op.add_column("reference_authors", sa.Column("taught", sa.Boolean(), nullable=False, server_default=sa.false()))
    db = op.get_bind()
    for row in db.execute(sa.select(_changes).where(_changes.c.kind.in_(["remember", "describe", "correct"]))).all():
        detail: dict[str, Any] = row.detail or {}
        there = db.scalars(sa.select(_infos.c.id).where(_infos.c.id.in_(detail.get("infos", ())))).all()
        for told in there:
            db.execute(sa.insert(authors).values(info=told, person=row.author_id))
        mine = _authors.c.reference.in_(detail.get("references", ())) & (_authors.c.person == row.author_id)
        db.execute(sa.update(_authors).where(mine).values(taught=True))
