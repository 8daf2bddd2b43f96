"""Rule sets by date, overrides, modes; and more of what a route says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from geo.store.types import Code, RowId, Shape, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Children first.
TABLES = ("rule_mode", "rule_override", "rule_asset", "rule_set")


def upgrade() -> None:
    """The tables, the triggers that keep them append-only, and the columns of issues and of a place's plain rules."""
    _set()
    _asset()
    _override()
    _mode()
    op.create_index("ix_rule_override_kind_key", "rule_override", ["kind", "key"])
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_rule_asset_geom", "rule_asset", ["geom"], postgresql_using="gist")
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)
    for name in ("route_step", "alarm"):
        op.add_column("issue", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("issue", sa.Column("route_more", sa.JSON(), nullable=True))
    op.add_column("rule", sa.Column("more", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Drop the tables with their triggers."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION geo_rules_append_only()")
    # Not in batch mode: that would build the table anew and lose its triggers.
    for table, column in (("rule", "more"), ("issue", "route_more"), ("issue", "alarm"), ("issue", "route_step")):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _code(name: str) -> sa.Column[str]:
    return sa.Column(name, Code, nullable=False)


def _when(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _set() -> None:
    op.create_table(
        "rule_set",
        sa.Column("id", RowId, nullable=False),
        _code("version"),
        _text("name"),
        _text("source"),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("rules", sa.BigInteger(), nullable=False),
        _text("digest"),
        sa.Column("body", sa.JSON(), nullable=False),
        _when("created_at"),
        _text("created_by"),
        sa.UniqueConstraint("version", name="uq_rule_set_version"),
        sa.UniqueConstraint("effective", name="uq_rule_set_effective"),
        sa.PrimaryKeyConstraint("id", name="pk_rule_set"),
        sqlite_autoincrement=True,
    )


def _asset() -> None:
    op.create_table(
        "rule_asset",
        sa.Column("rule_set_id", RowId, nullable=False, autoincrement=False),
        sa.Column("position", sa.BigInteger(), nullable=False, autoincrement=False),
        _code("layer"),
        _code("id"),
        _text("name"),
        _code("owner"),
        sa.Column("reach_m", sa.Double(), nullable=False),
        _text("category"),
        _text("tenure"),
        sa.Column("geom", Shape(), nullable=False),
        sa.ForeignKeyConstraint(["rule_set_id"], ["rule_set.id"], name="fk_rule_asset_rule_set_id"),
        sa.PrimaryKeyConstraint("rule_set_id", "position", name="pk_rule_asset"),
    )


def _override() -> None:
    op.create_table(
        "rule_override",
        sa.Column("id", RowId, nullable=False),
        *(_code(name) for name in ("kind", "key", "department")),
        *(_text(name) for name in ("reason", "scheme", "category_kind", "category", "grid")),
        sa.Column("with_departments", sa.JSON(), nullable=False),
        _when("since", nullable=True),
        _when("until", nullable=True),
        _text("state"),
        sa.Column("replaces", sa.BigInteger(), nullable=False),
        sa.Column("issue", sa.BigInteger(), nullable=True),
        _text("actor"),
        _when("at"),
        sa.PrimaryKeyConstraint("id", name="pk_rule_override"),
        sqlite_autoincrement=True,
    )


def _mode() -> None:
    op.create_table(
        "rule_mode",
        sa.Column("id", RowId, nullable=False),
        _code("area"),
        _text("mode"),
        _when("since"),
        _when("until"),
        _text("reason"),
        _text("actor"),
        _when("at"),
        sa.PrimaryKeyConstraint("id", name="pk_rule_mode"),
        sqlite_autoincrement=True,
    )


def _guards(dialect: str) -> list[str]:
    if dialect != "postgresql":
        return [
            f"CREATE TRIGGER geo_{table}_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'geo: rules are only ever added'); END"
            for table in TABLES
            for change in ("UPDATE", "DELETE")
        ]
    function = """
    CREATE FUNCTION geo_rules_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'geo: rules are only ever added' USING ERRCODE = 'restrict_violation'; END $$
    """
    return [
        function,
        *(
            f"CREATE TRIGGER geo_{table}_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION geo_rules_append_only()"
            for table in TABLES
        ),
    ]
