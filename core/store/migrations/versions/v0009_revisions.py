"""What each revision of a chat has changed, noted by triggers; and indexes for what is asked with every message.

Triggers, so that no edit can go round them, be it another process's or an older program's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0006"
branch_labels = None
depends_on = None

# What is done for each row, in the words that SQLite and PostgreSQL share. ROW is the OLD or the NEW one.
_REVISION = (
    "INSERT INTO revisions (chat, revision, concept, reference) VALUES (NEW.key, NEW.revision, 0, 0); "
    # Whoever has an older one reads everything.
    "DELETE FROM revisions WHERE chat = NEW.key AND revision <= NEW.revision - 512"
)
_CONCEPT = (
    "INSERT INTO revisions (chat, revision, concept, reference) "
    "SELECT ROW.chat, revision, ROW.id, 0 FROM chats WHERE key = ROW.chat ON CONFLICT DO NOTHING"
)
_ITS_PHOTOS = (
    "INSERT INTO revisions (chat, revision, concept, reference) "
    'SELECT ROW.chat, revision, ROW.id, "references".id FROM "references" JOIN chats ON key = ROW.chat '
    'WHERE "references".concept = ROW.id ON CONFLICT DO NOTHING'
)
_TEXT = (
    "INSERT INTO revisions (chat, revision, concept, reference) "
    "SELECT chat, revision, concepts.id, 0 FROM concepts JOIN chats ON key = chat "
    "WHERE concepts.id = ROW.concept ON CONFLICT DO NOTHING"
)
_PHOTO = (
    "INSERT INTO revisions (chat, revision, concept, reference) "
    "SELECT chat, revision, concepts.id, ROW.id FROM concepts JOIN chats ON key = chat "
    "WHERE concepts.id = ROW.concept ON CONFLICT DO NOTHING"
)
_EMBEDDING = (
    "INSERT INTO revisions (chat, revision, concept, reference) "
    'SELECT chat, revision, concept, "references".id FROM "references" '
    "JOIN concepts ON concepts.id = concept JOIN chats ON key = chat "
    'WHERE "references".id = ROW.reference ON CONFLICT DO NOTHING'
)
_TRIGGERS = (
    ("chats", "UPDATE OF revision", _REVISION),
    ("concepts", "UPDATE OF chat, erase_at", _ITS_PHOTOS.replace("ROW", "NEW")),
    *(
        (table, when + columns if when == "UPDATE" else when, statement.replace("ROW", row))
        for table, columns, statement in (
            ("concepts", "", _CONCEPT),
            ("infos", "", _TEXT),
            ("references", " OF concept, negative", _PHOTO),
            ("embeddings", "", _EMBEDDING),
        )
        for when, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
    ),
)


def upgrade() -> None:
    """Add the table, its triggers and the indexes."""
    chat = sa.ForeignKey("chats.key", name="fk_revisions_chat", ondelete="CASCADE")
    op.create_table(
        "revisions",
        sa.Column("chat", sa.Text(), chat, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("concept", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chat", "revision", "concept", "reference", name="pk_revisions"),
        sqlite_with_rowid=False,
    )
    for number, (table, when, statements) in enumerate(_TRIGGERS):
        _create(f"note_{table}_{number}", f'AFTER {when} ON "{table}"', statements)
    _indexes()


def _create(name: str, when: str, statements: str) -> None:
    """Create a trigger for every row; PostgreSQL keeps what it does in a function of its own."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN {statements}; END")
        return
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {statements}; RETURN NULL; END$$")
    op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _indexes() -> None:
    """Index what is asked with a message or an edit: counting reads no row that holds a photo or a text."""
    op.drop_index("ix_concepts_chat", "concepts")
    op.create_index("ix_concepts_chat", "concepts", ["chat", "erase_at", "bucket"])
    op.drop_index("ix_references_concept", "references")
    op.create_index("ix_references_concept", "references", ["concept", "negative", "size"])
    op.create_index("ix_concepts_creator_id", "concepts", ["creator_id"])
    left = sa.text("erase_at IS NOT NULL")
    op.create_index("ix_chats_erase_at", "chats", ["erase_at"], sqlite_where=left, postgresql_where=left)
