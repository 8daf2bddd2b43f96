"""Who has which case open, and issues by the number that their source gave them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from geo.store.types import Code, RowId, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table of leases, and the index over sources' numbers."""
    op.create_table(
        "case_lease",
        sa.Column("client", Code, nullable=False),
        sa.Column("issue_id", RowId, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("client", name="pk_case_lease"),
    )
    op.create_index("ix_issue_source_id", "issue", ["source_id"])


def downgrade() -> None:
    """Drop both."""
    op.drop_index("ix_issue_source_id", "issue")
    op.drop_table("case_lease")
