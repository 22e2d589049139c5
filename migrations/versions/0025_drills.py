"""Drills: activations about no customer, practised on the same path; and what an activation is looked back on with."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """ALTER TABLE activation
        ALTER COLUMN customer_key DROP NOT NULL,
        ADD COLUMN is_drill boolean NOT NULL GENERATED ALWAYS AS (customer_key IS NULL) STORED,
        ADD COLUMN contained_at timestamptz, ADD COLUMN loss_avoided numeric(18, 2), ADD COLUMN loss_currency text,
        ADD COLUMN policy_change text,
        ADD CONSTRAINT activation_loss_has_currency CHECK ((loss_avoided IS NULL) = (loss_currency IS NULL)),
        ADD CONSTRAINT activation_signal_or_drill CHECK (customer_key IS NOT NULL OR signal_id IS NULL)""",
    "CREATE UNIQUE INDEX activation_drill ON activation (playbook_id, trigger_key) WHERE customer_key IS NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
