"""An index for what is asked in private chats: where a person agrees to training."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_consents_person", "consents", ["person"])
