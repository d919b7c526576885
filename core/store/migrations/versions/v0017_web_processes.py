"""Several processes that serve the web page: where each of them is reached, and who has signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ONE_INBOX = sa.text("UPDATE inbox SET bot = 'web:shared' WHERE bot LIKE 'web:%'")
_NOBODYS = sa.text(
    "INSERT INTO leases (bot, chat, process, used_at) SELECT DISTINCT bot, chat, '', now() FROM inbox "
    "WHERE bot = 'web:shared' ON CONFLICT DO NOTHING"
)


def upgrade() -> None:
    """Add columns and table; what waits on a server in inboxes of single pages is from now on for all of them."""
    for name in ("address", "secret"):
        op.add_column("processes", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.Text()),
        sa.Column("owner", sa.Boolean(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sign_ins"),
    )
    if op.get_context().dialect.name != "sqlite":
        op.execute(_ONE_INBOX)
        op.execute(_NOBODYS)
