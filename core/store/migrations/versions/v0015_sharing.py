"""Several processes on one store: which of them live, which chats they answer, what their messages are about."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "processes",
        sa.Column("process", sa.Text()),
        sa.Column("bot", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", name="pk_processes"),
    )
    op.create_table(
        "leases",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("bot", "chat", "process")),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bot", "chat", name="pk_leases"),
    )
    op.create_index("ix_leases_process", "leases", ["process"])
    op.create_table(
        "pointers",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("bot", "chat", "message")),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("thread", "about")),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("guard", sa.LargeBinary(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "chat", "message", name="pk_pointers"),
    )
    op.create_index("ix_pointers_chat", "pointers", ["chat"])
    op.create_index("ix_pointers_until", "pointers", ["until"])
    op.create_table(
        "spent",
        sa.Column("key", sa.Text()),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_spent"),
    )
    op.create_index("ix_spent_at", "spent", ["at"])
