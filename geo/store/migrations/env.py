"""Run by Alembic, never imported: migrate on the connection of `geo.store.migrate`, inside its transaction."""

from alembic import context

from geo.store.migrate import compare_options

connection = context.config.attributes["connection"]
context.configure(connection=connection, **compare_options(connection.dialect.name))
context.run_migrations()
