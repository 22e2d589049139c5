"""A whole table is emptied with the reviews it hangs on by its owner alone, whom no trigger holds; each row stays guarded."""

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

STATEMENTS = ("DROP TRIGGER review_remark_whole ON review_remark",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
