"""Tables of the identity room: how accounts were compared last, and proposals that two customers are one.

A proposal stands between the oldest accounts of two customers, because accounts keep their keys when customers merge or separate.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE identity_account (
        account_key bigint PRIMARY KEY REFERENCES account, compared_as text NOT NULL, sorted_words text NOT NULL,
        parts bytea NOT NULL)""",
    """CREATE TABLE identity_proposal (
        proposal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        first_account bigint NOT NULL REFERENCES account, second_account bigint NOT NULL REFERENCES account,
        score float8 NOT NULL CHECK (score BETWEEN 0 AND 1), evidence jsonb NOT NULL, evidence_digest text NOT NULL,
        state text NOT NULL, version integer NOT NULL DEFAULT 1, proposed_at timestamptz NOT NULL, decided_by text,
        decided_at timestamptz, reason text, merge_id bigint REFERENCES customer_merge,
        UNIQUE (first_account, second_account), CHECK (first_account < second_account))""",
    "CREATE INDEX identity_proposal_open ON identity_proposal (state, score DESC)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
