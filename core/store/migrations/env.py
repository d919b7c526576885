"""How alembic reaches the store: through the connection, and inside the transaction, it is handed."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
