"""What platforms need: messages that were answered already, and chats the bot was removed from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of answered messages, and the time at which a left chat is erased."""
    op.add_column("chats", sa.Column("erase_at", sa.DateTime(timezone=True)))
    op.create_table(
        "answered",
        sa.Column("chat", sa.Text()),
        sa.Column("message", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat", "message", name="pk_answered"),
    )
    op.create_index("ix_answered_at", "answered", ["at"])
