"""How many rows a database has."""

from __future__ import annotations

import sqlalchemy as sa

from geo.store import SqlStore


def counts(store: SqlStore) -> dict[str, int]:
    """Rows of every table."""
    with store._reading() as connection:
        names = sa.inspect(connection).get_table_names()
        return {
            name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()
            for name in names
            if name not in ("spatial_ref_sys", "geo_version")
        }
