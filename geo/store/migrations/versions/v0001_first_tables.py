"""The first tables.

Frozen: later changes are later revisions, and the columns are spelt out here so that the models may move on.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from geo.store.types import Code, RowId, Shape, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Children first.
TABLES = (
    "journal", "reporter", "issue", "grid_code", "lineage", "unit", "grid", "plan",
    "gazetteer", "feature", "staff", "rule", "category", "department", "area", "place",
)  # fmt: skip
WITH_GEOMETRY = ("area", "feature", "grid", "unit", "issue")


def upgrade() -> None:
    """Tables, then the triggers that keep what must not change."""
    _place_tables()
    _plan_tables()
    _issue_tables()
    if op.get_bind().dialect.name == "postgresql":
        for table in WITH_GEOMETRY:
            op.create_index(f"ix_{table}_geom", table, ["geom"], postgresql_using="gist")
        for statement in _POSTGRES_GUARDS:
            op.execute(statement)
    else:
        for statement in _sqlite_guards():
            op.execute(statement)


def downgrade() -> None:
    """Drop everything; triggers go with their tables."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION geo_append_only()")
        op.execute("DROP FUNCTION geo_published_plan()")
        op.execute("DROP FUNCTION geo_published_part()")


def _code(name: str, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, Code, nullable=nullable, **options)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _count(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _real(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _shape(kind: str = "GEOMETRY", *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column("geom", Shape(kind), nullable=nullable)


def _id(name: str, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, RowId, nullable=nullable, **options)


def _create(table: str, *items: Any, key: tuple[str, ...] = ("position",), **options: Any) -> None:
    """A table with its named primary key; tables of the place are kept in the order of their file."""
    position = (sa.Column("position", sa.BigInteger(), nullable=False, autoincrement=False),)
    op.create_table(
        table,
        *(position if "position" in key else ()),
        *items,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
        **options,
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _refers(table: str, column: str, target: str, **options: Any) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", **options)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _place_tables() -> None:
    _create(
        "place",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        _text("code"), _text("name"), _text("note"), _text("stamp"), _moment("saved_at"), _text("saved_by"),
        sa.CheckConstraint("id = 1", name=op.f("ck_place_only_one")),
        key=("id",),
    )  # fmt: skip
    _create(
        "area",
        _code("code"), _text("name"), _text("level"), _code("parent", nullable=True), _shape(nullable=True),
        _unique("area", "code"),
    )  # fmt: skip
    _create(
        "department",
        _code("code"), _text("name"), _code("parent", nullable=True), _code("area"), _text("phone", nullable=True),
        _unique("department", "code"),
    )  # fmt: skip
    _create(
        "category",
        _code("scheme"), _code("kind"), _code("code"), _text("name"), _code("parent", nullable=True),
        _unique("category", "scheme", "kind", "code"),
    )  # fmt: skip
    _create(
        "rule",
        _code("id"), _code("version"), _text("scheme"), _text("kind"), _text("category"), _text("area"),
        _text("department"), _json("with_departments"), _real("deadline_hours", nullable=True), _text("closing"),
        _text("source"), _unique("rule", "id", "version"),
    )  # fmt: skip
    _create("staff", _code("grid"), _text("role"), _text("name", nullable=True), _text("phone", nullable=True))
    _index("staff", "grid")
    _create(
        "feature",
        _code("layer"), _code("id"), _text("name"), _text("kind"), _count("households", nullable=True),
        _count("residents", nullable=True), _shape(),
    )  # fmt: skip
    _index("feature", "layer")
    _create("gazetteer", _json("entry"))


def _plan_tables() -> None:
    _create(
        "plan",
        _id("id"), _text("name"), _count("revision"), sa.Column("effective", sa.Date(), nullable=True), _text("crs"),
        _count("grids"), _count("units"), _real("weight"), _text("weight_field"), _json("wishes"), _json("layout"),
        _moment("created_at"), _text("created_by"), _moment("published_at", nullable=True),
        _text("published_by", nullable=True), _unique("plan", "effective"),
        key=("id",), sqlite_autoincrement=True,
    )  # fmt: skip
    _create(
        "grid",
        _id("plan_id", autoincrement=False), _code("code"), _text("name"), _code("parent"), _text("kind"),
        _real("weight"), _count("units"), _count("households", nullable=True), _count("residents", nullable=True),
        sa.Column("colour", sa.SmallInteger(), nullable=False), _shape(), _refers("grid", "plan_id", "plan.id"),
        key=("plan_id", "code"),
    )  # fmt: skip
    _create(
        "unit",
        _id("plan_id", autoincrement=False), _code("id"), _code("grid", nullable=True), _code("parent", nullable=True),
        _text("group_name", nullable=True), sa.Column("locked", sa.Boolean(), nullable=True), _real("weight"),
        _real("households", nullable=True), _real("residents", nullable=True), _json("fields"), _shape(),
        _refers("unit", "plan_id", "plan.id"), _unique("unit", "plan_id", "id"),
        key=("plan_id", "position"),
    )  # fmt: skip
    _index("unit", "plan_id", "grid")
    _create(
        "lineage",
        _id("plan_id", autoincrement=False), _code("old"), _code("new"), _real("weight"),
        _refers("lineage", "plan_id", "plan.id"),
        key=("plan_id", "position"),
    )  # fmt: skip
    _create(
        "grid_code",
        _code("code"), _id("first_plan"), _id("last_plan"), _refers("grid_code", "first_plan", "plan.id"),
        _refers("grid_code", "last_plan", "plan.id"),
        key=("code",),
    )  # fmt: skip


def _issue_tables() -> None:
    _create(
        "issue",
        _id("id"), _text("text"), _code("source"), _code("source_id", nullable=True), _moment("reported_at"),
        _code("scheme"), _code("kind"), _code("category"), _text("address", nullable=True), _code("status"),
        _moment("due_at", nullable=True), _moment("closed_at", nullable=True), _real("accuracy_m", nullable=True),
        _real("reported_lon", nullable=True), _real("reported_lat", nullable=True),
        _text("reported_crs", nullable=True),
        _code("location_status"), _code("grid", nullable=True), _text("grid_name", nullable=True), _json("chain"),
        _id("plan_id", nullable=True), _real("lon", nullable=True), _real("lat", nullable=True), _text("crs"),
        _real("shift_m"), _real("border_m", nullable=True), _text("nearest_grid", nullable=True),
        _real("nearest_m", nullable=True), _text("method"), _text("note"), _json("context"),
        _shape("POINT", nullable=True),
        _code("department", nullable=True), _text("department_name", nullable=True), _json("with_departments"),
        _text("rule", nullable=True), _text("rule_version", nullable=True), _real("deadline_hours", nullable=True),
        _json("tried"), _text("route_note"),
        _refers("issue", "plan_id", "plan.id"), _unique("issue", "source", "source_id"),
        key=("id",), sqlite_autoincrement=True,
    )  # fmt: skip
    for column in ("grid", "department", "category", "status", "location_status"):
        _index("issue", column, "id")
    _index("issue", "reported_at")
    _index("issue", "lon", "lat")
    _create(
        "reporter",
        _id("issue_id"), _text("name", nullable=True), _text("phone", nullable=True), _text("purpose"),
        _refers("reporter", "issue_id", "issue.id", ondelete="CASCADE"),
        key=("issue_id",),
    )  # fmt: skip
    _create(
        "journal",
        _id("id"), _moment("at"), _text("actor"), _text("action"), _code("subject"), _json("detail"),
        key=("id",), sqlite_autoincrement=True,
    )  # fmt: skip
    _index("journal", "subject", "id")


def _sqlite_guards() -> list[str]:
    published = "EXISTS (SELECT 1 FROM plan WHERE id = {}.plan_id AND effective IS NOT NULL)"
    guards = [
        ("journal", change, "1", "the journal is append-only") for change in ("UPDATE", "DELETE")
    ] + [
        ("plan", change, "OLD.effective IS NOT NULL", "a published plan never changes")
        for change in ("UPDATE", "DELETE")
    ]  # fmt: skip
    for table in ("grid", "unit", "lineage"):
        for change, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
            guards.append((table, change, published.format(row), "a published plan never changes"))
    return [
        f"CREATE TRIGGER geo_{table}_{change.lower()} BEFORE {change} ON {table} WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, 'geo: {why}'); END"
        for table, change, when, why in guards
    ]


_POSTGRES_GUARDS = (
    """
    CREATE FUNCTION geo_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'geo: the journal is append-only' USING ERRCODE = 'restrict_violation'; END $$
    """,
    """
    CREATE TRIGGER geo_journal_change BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION geo_append_only()
    """,
    """
    CREATE FUNCTION geo_published_plan() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'geo: a published plan never changes' USING ERRCODE = 'restrict_violation'; END $$
    """,
    """
    CREATE TRIGGER geo_plan_change BEFORE UPDATE OR DELETE ON plan
    FOR EACH ROW WHEN (OLD.effective IS NOT NULL) EXECUTE FUNCTION geo_published_plan()
    """,
    """
    CREATE FUNCTION geo_published_part() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE part record;
    BEGIN
        IF TG_OP = 'INSERT' THEN part := NEW; ELSE part := OLD; END IF;
        IF EXISTS (SELECT 1 FROM plan WHERE id = part.plan_id AND effective IS NOT NULL) THEN
            RAISE EXCEPTION 'geo: a published plan never changes' USING ERRCODE = 'restrict_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER geo_{table}_change BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION geo_published_part()
        """
        for table in ("grid", "unit", "lineage")
    ),
)
