"""What an account's attributes are older than: the newest delivery that left one empty keeps the value of an earlier one.

``aged`` holds, for such an attribute, the moment its value was told (as-of date and receipt, as text that sorts); the rest is as
old as ``as_of`` and ``attributes_known_at``.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = ("ALTER TABLE account ADD COLUMN aged jsonb NOT NULL DEFAULT '{}'",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
