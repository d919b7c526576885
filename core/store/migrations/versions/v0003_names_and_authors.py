"""Names are filed as they are compared now, and each photo under who added it."""

import sqlalchemy as sa
from alembic import op

from core.names import fold, numbered
from core.store.schema import bucket

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_concepts = sa.table(
    "concepts",
    sa.column("id", sa.Integer()),
    sa.column("chat", sa.Text()),
    sa.column("bucket", sa.SmallInteger()),
    sa.column("erase_at", sa.DateTime(timezone=True)),
    sa.column("name", sa.Text()),
    sa.column("creator_id", sa.Text()),
)
_references = sa.table("references", sa.column("id", sa.Integer()), sa.column("concept", sa.Integer()))


def upgrade() -> None:
    """File all names anew, and add the table of the photos' authors, so far the creators of their concepts."""
    _file_names()
    reference = sa.ForeignKey("references.id", name="fk_reference_authors_reference", ondelete="CASCADE")
    authors = op.create_table(
        "reference_authors",
        sa.Column("reference", sa.Integer(), reference, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_reference_authors"),
    )
    op.create_index("ix_reference_authors_person", "reference_authors", ["person"])
    joined = sa.select(_references.c.id, _concepts.c.creator_id).join(
        _concepts, _references.c.concept == _concepts.c.id
    )
    op.execute(sa.insert(authors).from_select(["reference", "person"], joined))


def _file_names() -> None:
    """Of two that became the same name the older one keeps it, and the other one gets " (2)"."""
    db = op.get_bind()
    rows = db.execute(sa.select(_concepts).order_by(_concepts.c.id)).all()
    living = {(row.chat, fold(row.name)) for row in rows if row.erase_at is None}
    kept: set[tuple[str, str]] = set()
    for row in rows:
        name, filed = row.name, (row.chat, fold(row.name))
        if row.erase_at is None and filed in kept:  # a forgotten one looks for a free name when it comes back
            name = next(one for one in numbered(row.name) if (row.chat, fold(one)) not in living)
            living.add((row.chat, fold(name)))
        elif row.erase_at is None:
            kept.add(filed)
        if (name, bucket(name)) != (row.name, row.bucket):
            new = {"name": name, "bucket": bucket(name)}
            db.execute(sa.update(_concepts).where(_concepts.c.id == row.id).values(new))
