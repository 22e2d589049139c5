"""The letters of a name in the order they are written are kept beside its sorted words, so that a blank too many hides nobody."""

from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = ("ALTER TABLE identity_account ADD COLUMN letters text NOT NULL DEFAULT ''",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
