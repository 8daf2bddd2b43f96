"""Drafts of plans and their steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from geo.store.types import Code, RowId, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables, then the triggers that keep what was done as it was done."""
    op.create_table(
        "draft",
        sa.Column("id", RowId, nullable=False),
        sa.Column("plan_id", RowId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("submitted", RowId, nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_draft_plan_id"),
        sa.ForeignKeyConstraint(["submitted"], ["plan.id"], name="fk_draft_submitted"),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "draft_step",
        sa.Column("draft_id", RowId, nullable=False, autoincrement=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("client", Code, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("op", Code, nullable=False),
        sa.Column("entry", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name="fk_draft_step_draft_id"),
        sa.UniqueConstraint("draft_id", "client", name="uq_draft_step_draft_id_client"),
        sa.PrimaryKeyConstraint("draft_id", "revision", name="pk_draft_step"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRES_GUARDS:
            op.execute(statement)
    else:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER geo_draft_step_{change.lower()} BEFORE {change} ON draft_step "
                "BEGIN SELECT RAISE(ABORT, 'geo: steps of a draft never change'); END"
            )


def downgrade() -> None:
    """Drop the tables with their triggers."""
    op.drop_table("draft_step")
    op.drop_table("draft")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION geo_draft_step()")


_POSTGRES_GUARDS = (
    """
    CREATE FUNCTION geo_draft_step() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'geo: steps of a draft never change' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER geo_draft_step_change BEFORE UPDATE OR DELETE ON draft_step
    FOR EACH ROW EXECUTE FUNCTION geo_draft_step()
    """,
)
