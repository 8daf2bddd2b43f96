"""The month's themes with their frozen sets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from geo.store.types import Code, RowId, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table, and the triggers that keep it append-only."""
    op.create_table(
        "theme",
        sa.Column("id", RowId, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("name", "note", "scheme", "kind")),
        sa.Column("category", Code, nullable=False),
        sa.Column("category_name", sa.String(), nullable=False),
        sa.Column("plan_id", RowId, nullable=False),
        sa.Column("grids", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("first", "last")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("issues", "by_grid", "counted")),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_theme_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_theme"),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name != "postgresql":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER geo_theme_{change.lower()} BEFORE {change} ON theme "
                f"BEGIN SELECT RAISE(ABORT, 'geo: themes are only ever added'); END"
            )
        return
    op.execute("""
    CREATE FUNCTION geo_themes_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'geo: themes are only ever added' USING ERRCODE = 'restrict_violation'; END $$
    """)
    op.execute(
        "CREATE TRIGGER geo_theme_change BEFORE UPDATE OR DELETE OR TRUNCATE ON theme "
        "FOR EACH STATEMENT EXECUTE FUNCTION geo_themes_append_only()"
    )


def downgrade() -> None:
    """Drop the table with its triggers."""
    op.drop_table("theme")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION geo_themes_append_only()")
