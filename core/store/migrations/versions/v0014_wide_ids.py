"""Ids of 64 bits on a server. SQLite's always were."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_IDS = {
    "concepts": ("id", "forgotten_in", "cover"),
    "infos": ("id", "concept"),
    "references": ("id", "concept"),
    "embeddings": ("reference",),
    "answers": ("reference",),
    "reference_authors": ("reference",),
    "info_authors": ("info",),
    "consents": ("id",),
    "refused_faces": ("id",),
    "changes": ("id", "concept"),
    "sightings": ("id", "concept"),
    "kept_photos": ("id", "forgotten_in"),
    "kept_shows": ("kept", "concept"),
    "lines": ("id",),
    "inbox": ("id",),
    "revisions": ("concept", "reference"),
}
_TRIGGERS = sa.text(
    "SELECT tgname, relname, pg_get_triggerdef(pg_trigger.oid) AS made FROM pg_trigger "
    "JOIN pg_class ON pg_class.oid = tgrelid "
    "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace ORDER BY tgname"
)


def upgrade() -> None:
    """Widen the columns and the sequences that number them."""
    db = op.get_bind()
    if db.dialect.name == "sqlite":
        return
    triggers = db.execute(_TRIGGERS).all()
    for row in triggers:  # they name columns, whose types can't be changed then
        op.execute(f'DROP TRIGGER {row.tgname} ON "{row.relname}"')
    for table, columns in _IDS.items():
        op.execute(f'ALTER TABLE "{table}" {", ".join(f"ALTER {column} TYPE bigint" for column in columns)}')
        if "id" in columns:
            op.execute(f'ALTER SEQUENCE "{table}_id_seq" AS bigint')
    for row in triggers:
        op.execute(row.made.replace(":", r"\:"))
