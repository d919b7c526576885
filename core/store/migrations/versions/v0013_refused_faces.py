"""The faces of people who don't want to be recognised in a chat."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "refused_faces",
        sa.Column("id", sa.Integer()),
        sa.Column("chat", sa.Text(), sa.ForeignKey("chats.key", name="fk_refused_faces_chat"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guard", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("encoder", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refused_faces"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_refused_faces_chat", "refused_faces", ["chat"])
