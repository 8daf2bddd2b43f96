"""Alembic's folder: `env.py` runs the scripts of `versions/` on the connection that `geo.store.migrate` hands over."""
