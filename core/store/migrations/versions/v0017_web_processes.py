"""Several processes that serve the web page: where each of them is reached, and who has signed in.

And what people were asked, for the process that takes their chat over; what photos are known by, encrypted. Pointers
last for minutes: those that there are go.
"""

from typing import Any

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
_SEALED = sa.LargeBinary().with_variant(sa.JSON(), "sqlite")
_IS_GONE = "INSERT INTO dead_keys (key) SELECT OLD.guard WHERE length(OLD.guard) = 8 ON CONFLICT DO NOTHING"


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
    _point()


def _point() -> None:
    """Make the tables of pointers and questions, and the triggers that note keys of rows that are gone."""
    op.drop_table("pointers")
    op.create_table(
        "pointers",
        *_columns("bot", "chat", "message", "thread", "about"),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("guard", sa.LargeBinary(), nullable=False),
        sa.Column("files", _SEALED),
        sa.PrimaryKeyConstraint("id", name="pk_pointers"),
    )
    op.create_index("ix_pointers_bot", "pointers", ["bot", "chat", "message"], unique=True)
    op.create_table(
        "asked",
        *_columns("bot", "chat", "thread", "person"),
        sa.Column("guard", sa.LargeBinary(), nullable=False),
        sa.Column("question", _SEALED, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_asked"),
    )
    op.create_index("ix_asked_bot", "asked", ["bot", "chat", "thread", "person"], unique=True)
    for table in ("pointers", "asked"):
        op.create_index(f"ix_{table}_chat", table, ["chat"])
        op.create_index(f"ix_{table}_until", table, ["until"])
        name = f"key_of_{table}_gone"
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f'CREATE TRIGGER {name} AFTER DELETE ON "{table}" BEGIN {_IS_GONE}; END')
            continue
        body = f"BEGIN {_IS_GONE}; RETURN NULL; END"
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
        op.execute(f'CREATE TRIGGER {name} AFTER DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION {name}()')


def _columns(*names: str) -> list[sa.Column[Any]]:
    id_ = sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)
    until = sa.Column("until", sa.DateTime(timezone=True), nullable=False)
    return [id_, *(sa.Column(name, sa.Text(), nullable=False) for name in names), until]
