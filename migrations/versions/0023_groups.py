"""Relations between customers and others as they stand, and who belongs to which group.

Both are derived from the facts by every assessment. A group keeps its number while it lives. Sums by group join the portfolio's.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE current_relation (
        item_key bigint PRIMARY KEY, customer_key bigint NOT NULL, kind text NOT NULL CHECK (kind IN ('ownership', 'guarantee', 'management')),
        party_key bigint, party text NOT NULL, party_name text NOT NULL, share_pct float8, amount numeric(18, 2), currency text,
        reporting_amount float8, starts_on date NOT NULL, ends_on date, CHECK (party_key <> customer_key))""",
    "CREATE INDEX current_relation_customer ON current_relation (customer_key)",
    "CREATE INDEX current_relation_party ON current_relation (party_key) WHERE party_key IS NOT NULL",
    "CREATE TABLE group_member (customer_key bigint PRIMARY KEY, group_id bigint NOT NULL)",
    "CREATE INDEX group_member_group ON group_member (group_id)",
    "ALTER TABLE portfolio_group DROP CONSTRAINT portfolio_group_grouping_name_check",
    """ALTER TABLE portfolio_group ADD CONSTRAINT portfolio_group_grouping_name_check
        CHECK (grouping_name IN ('class', 'industry', 'owner', 'country', 'segment', 'group'))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
