"""The database: one set of tables on SQLite (WAL) and on PostGIS, and the `geo.service.ports.Store` over them."""

from geo.store.migrate import HEAD, downgrade, upgrade
from geo.store.sql_store import SqlStore

__all__ = ["HEAD", "SqlStore", "downgrade", "upgrade"]
