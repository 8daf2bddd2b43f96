"""Micro-grids of plans, and a digest of what a plan was imported from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from geo.store.types import Code, RowId, Shape, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Children first.
TABLES = ("micro_door", "micro_grid", "micro_edition")


def upgrade() -> None:
    """The tables, then the triggers that keep what must not change."""
    op.add_column("plan", sa.Column("digest", sa.String(), nullable=True))
    _edition()
    _grid()
    _door()
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_micro_grid_geom", "micro_grid", ["geom"], postgresql_using="gist")
        for statement in _POSTGRES_GUARDS:
            op.execute(statement)
    else:
        for statement in _sqlite_guards():
            op.execute(statement)


def downgrade() -> None:
    """Drop the tables with their triggers; the plans stay."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION geo_micro_edition()")
        op.execute("DROP FUNCTION geo_micro_part()")
    # Not in batch mode: that would build the table anew and lose the triggers of published plans.
    op.execute("ALTER TABLE plan DROP COLUMN digest")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _real(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _of_edition(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("edition_id", RowId, nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(["edition_id"], ["micro_edition.id"], name=f"fk_{table}_edition_id"),
    )


def _edition() -> None:
    op.create_table(
        "micro_edition",
        sa.Column("id", RowId, nullable=False),
        sa.Column("plan_id", RowId, nullable=False),
        sa.Column("effective", sa.Date(), nullable=True),
        _count("micro_grids"),
        _count("households"),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _text("created_by"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_micro_edition_plan_id"),
        sa.UniqueConstraint("plan_id", "effective", name="uq_micro_edition_plan_id_effective"),
        sa.PrimaryKeyConstraint("id", name="pk_micro_edition"),
        sqlite_autoincrement=True,
    )


def _grid() -> None:
    op.create_table(
        "micro_grid",
        *_of_edition("micro_grid"),
        sa.Column("code", Code, nullable=False),
        sa.Column("grid", Code, nullable=False),
        _count("households"),
        _count("buildings"),
        _count("stairwells"),
        _count("shared_stairwells"),
        _real("walk_m"),
        _real("reach_m"),
        _text("centre_kind"),
        _real("centre_lon"),
        _real("centre_lat"),
        _text("reason"),
        sa.Column("geom", Shape(), nullable=True),
        sa.PrimaryKeyConstraint("edition_id", "code", name="pk_micro_grid"),
    )


def _door() -> None:
    op.create_table(
        "micro_door",
        *_of_edition("micro_door"),
        sa.Column("position", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("micro", Code, nullable=False),
        _text("building"),
        _text("stairwell"),
        _real("floor"),
        _count("households"),
        _real("lon"),
        _real("lat"),
        sa.PrimaryKeyConstraint("edition_id", "position", name="pk_micro_door"),
    )


def _sqlite_guards() -> list[str]:
    published = "EXISTS (SELECT 1 FROM plan WHERE id = OLD.plan_id AND effective IS NOT NULL)"
    of_part = (
        "EXISTS (SELECT 1 FROM micro_edition AS e JOIN plan AS p ON p.id = e.plan_id "
        "WHERE e.id = OLD.edition_id AND p.effective IS NOT NULL)"
    )
    sealed = "EXISTS (SELECT 1 FROM micro_edition WHERE id = NEW.edition_id AND sealed)"
    guards = [("micro_edition", "UPDATE", "OLD.sealed"), ("micro_edition", "DELETE", published)]
    for table in ("micro_grid", "micro_door"):
        guards += [(table, "INSERT", sealed), (table, "UPDATE", "1"), (table, "DELETE", of_part)]
    return [
        f"CREATE TRIGGER geo_{table}_{change.lower()} BEFORE {change} ON {table} WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, 'geo: micro-grids of a published plan never change'); END"
        for table, change, when in guards
    ]


_POSTGRES_GUARDS = (
    """
    CREATE FUNCTION geo_micro_edition() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.sealed
            OR TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM plan WHERE id = OLD.plan_id AND effective IS NOT NULL) THEN
            RAISE EXCEPTION 'geo: micro-grids of a published plan never change' USING ERRCODE = 'restrict_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION geo_micro_part() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE'
            OR TG_OP = 'INSERT' AND EXISTS (SELECT 1 FROM micro_edition WHERE id = NEW.edition_id AND sealed)
            OR TG_OP = 'DELETE' AND EXISTS (
                SELECT 1 FROM micro_edition AS e JOIN plan AS p ON p.id = e.plan_id
                WHERE e.id = OLD.edition_id AND p.effective IS NOT NULL
            ) THEN
            RAISE EXCEPTION 'geo: micro-grids of a published plan never change' USING ERRCODE = 'restrict_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER geo_micro_edition_change BEFORE UPDATE OR DELETE ON micro_edition
    FOR EACH ROW EXECUTE FUNCTION geo_micro_edition()
    """,
    *(
        f"""
        CREATE TRIGGER geo_{table}_change BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION geo_micro_part()
        """
        for table in ("micro_grid", "micro_door")
    ),
)
