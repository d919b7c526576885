"""A concept's cover: which of its photos stands for it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; it holds no words, so that it may stand behind them."""
    op.add_column("concepts", sa.Column("cover", sa.Integer()))
