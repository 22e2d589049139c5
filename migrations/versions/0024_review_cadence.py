"""How often a customer is reviewed by agreement of people, and why a review is due on another day than the policy's."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """ALTER TABLE review ADD COLUMN wanted_on date, ADD COLUMN due_that_week integer, ADD COLUMN cadence_because text,
        ADD COLUMN moved_because text CHECK (moved_because IN ('full', 'absent')),
        ADD CONSTRAINT review_move_has_reason CHECK (wanted_on IS NULL OR (wanted_on = due_on) = (moved_because IS NULL))""",
    """CREATE TABLE review_cadence (
        cadence_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_key bigint NOT NULL,
        state text NOT NULL CHECK (state IN ('proposed', 'active', 'refused', 'ended')), version integer NOT NULL DEFAULT 1,
        every_months smallint NOT NULL CHECK (every_months BETWEEN 1 AND 36), policy_months smallint, risk_class smallint NOT NULL,
        needs_two boolean NOT NULL, reason text NOT NULL CHECK (btrim(reason) <> ''), valid_until date NOT NULL,
        proposed_by text NOT NULL, proposed_at timestamptz NOT NULL, decided_by text, decided_at timestamptz, decision_reason text,
        ended_by text, ended_at timestamptz,
        CONSTRAINT review_cadence_four_eyes CHECK (decided_by <> proposed_by),
        CONSTRAINT review_cadence_rarer_takes_two CHECK (needs_two OR every_months <= policy_months),
        CONSTRAINT review_cadence_is_decided CHECK (NOT needs_two OR state NOT IN ('active', 'refused') OR decided_by IS NOT NULL))""",
    "CREATE UNIQUE INDEX review_cadence_active ON review_cadence (customer_key) WHERE state = 'active'",
    "CREATE UNIQUE INDEX review_cadence_proposed ON review_cadence (customer_key) WHERE state = 'proposed'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
