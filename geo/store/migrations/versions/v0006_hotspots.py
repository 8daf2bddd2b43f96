"""Runs of the scans and the hotspots that they found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from geo.store.types import Code, RowId, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Children first.
TABLES = ("hotspot", "hotspot_run")


def upgrade() -> None:
    """The tables, and the triggers that keep them append-only."""
    op.create_table(
        "hotspot_run",
        sa.Column("id", RowId, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("plan_id", RowId, nullable=False),
        sa.Column("digest", Code, nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("settings", "counted")),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_hotspot_run_plan_id"),
        sa.UniqueConstraint("digest", name="uq_hotspot_run_digest"),
        sa.PrimaryKeyConstraint("id", name="pk_hotspot_run"),
        sqlite_autoincrement=True,
    )
    _hotspot()
    for column in ("as_of", "run_id"):
        op.create_index(f"ix_hotspot_{column}", "hotspot", [column])
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Drop the tables with their triggers."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION geo_hotspots_append_only()")


def _hotspot() -> None:
    op.create_table(
        "hotspot",
        sa.Column("id", RowId, nullable=False),
        sa.Column("run_id", RowId, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("plan_id", RowId, nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("scheme", "kind", "category", "category_name", "method")
        ),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("centre", Code, nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("lon", "lat", "radius_m")),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("first", "last")),
        sa.Column("observed", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Double(), nullable=name in ("relative_risk", "recurrence_days"))
            for name in ("expected", "relative_risk", "llr", "p", "recurrence_days")
        ),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["hotspot_run.id"], name="fk_hotspot_run_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_hotspot_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_hotspot"),
        sqlite_autoincrement=True,
    )


def _guards(dialect: str) -> list[str]:
    if dialect != "postgresql":
        return [
            f"CREATE TRIGGER geo_{table}_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'geo: hotspots are only ever added'); END"
            for table in TABLES
            for change in ("UPDATE", "DELETE")
        ]
    function = """
    CREATE FUNCTION geo_hotspots_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'geo: hotspots are only ever added' USING ERRCODE = 'restrict_violation'; END $$
    """
    return [
        function,
        *(
            f"CREATE TRIGGER geo_{table}_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION geo_hotspots_append_only()"
            for table in TABLES
        ),
    ]
