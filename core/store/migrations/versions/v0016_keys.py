"""Rows that are encrypted, each with a key of its own: whose keys, and which of them are to be destroyed.

`guard` is in every table already; what was written before is encrypted in the background (`core.store.keys`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# What a server keeps as bytes from now on; a file's columns take them as they are.
_BYTES = {
    "concepts": ("name", "category", "creator_name"),
    "infos": ("author", "text"),
    "references": ("author",),
    "consents": ("name",),
    "changes": ("detail",),
    "sightings": ("sender",),
    "kept_photos": ("author",),
    "lines": ("name", "label", "text", "basis"),
    "inbox": ("update",),
}
_KEYED = (*_BYTES, "embeddings", "refused_faces")
_IS_GONE = "INSERT INTO dead_keys (key) SELECT OLD.guard WHERE length(OLD.guard) = 8{} ON CONFLICT DO NOTHING"
_TRIGGERS = sa.text(
    "SELECT tgname, relname, pg_get_triggerdef(pg_trigger.oid) AS made FROM pg_trigger "
    "JOIN pg_class ON pg_class.oid = tgrelid "
    "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace ORDER BY tgname"
)


def upgrade() -> None:
    """Add the tables and the triggers that note keys of rows that are gone."""
    op.create_table(
        "sealing",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("folder", sa.LargeBinary(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_sealing"),
    )
    op.create_table(
        "dead_keys",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_dead_keys"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name != "sqlite":
        _keep_as_bytes()
    for table in _KEYED:
        _create(f"key_of_{table}_gone", f'AFTER DELETE ON "{table}"', _IS_GONE.format(""))
        changed = f'AFTER UPDATE OF guard ON "{table}"'
        _create(f"key_of_{table}_changed", changed, _IS_GONE.format(" AND OLD.guard <> NEW.guard"))


def _keep_as_bytes() -> None:
    """Let a server's columns hold bytes: the text that they hold, as UTF-8."""
    triggers = op.get_bind().execute(_TRIGGERS).all()
    for row in triggers:  # they name columns, whose types can't be changed then
        op.execute(f'DROP TRIGGER {row.tgname} ON "{row.relname}"')
    for table, columns in _BYTES.items():
        kept = ", ".join(
            f'ALTER "{column}" TYPE bytea USING convert_to("{column}"::text, \'UTF8\')' for column in columns
        )
        op.execute(f'ALTER TABLE "{table}" {kept}'.replace(":", r"\:"))
    for row in triggers:
        op.execute(row.made.replace(":", r"\:"))


def _create(name: str, when: str, statement: str) -> None:
    """Create a trigger for every row; PostgreSQL keeps what it does in a function of its own."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN {statement}; END")
        return
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {statement}; RETURN NULL; END$$")
    op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION {name}()")
