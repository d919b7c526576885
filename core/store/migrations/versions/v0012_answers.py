"""What people answered to "is this bo?", as scores: what grades learn from."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    reference = sa.ForeignKey("references.id", name="fk_answers_reference", ondelete="CASCADE")
    op.create_table(
        "answers",
        sa.Column("reference", sa.Integer(), reference, nullable=False),
        sa.Column("encoder", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("next", sa.Float(), nullable=False),
        sa.Column("own", sa.Float(), nullable=False),
        sa.Column("yes", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_answers"),
    )
