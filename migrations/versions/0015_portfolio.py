"""Tables of the portfolio room: figures of the whole by business date, the loss of each customer, and who was not assessed why.

``customer_loss`` is replaced as a whole by every summary; the tables with ``as_of`` keep one summary per business date.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE portfolio_summary (
        as_of date PRIMARY KEY, run_id bigint NOT NULL, assessed_as_of date NOT NULL, policy_version text NOT NULL,
        currency text NOT NULL, customers bigint NOT NULL, exposure float8 NOT NULL, overdue float8 NOT NULL,
        expected_loss float8 NOT NULL, provision float8 NOT NULL, average_overdue float8 NOT NULL,
        financing_cost float8 NOT NULL, digest text NOT NULL CHECK (length(digest) = 64), written_at timestamptz NOT NULL)""",
    """CREATE TABLE customer_loss (
        customer_key bigint PRIMARY KEY, as_of date NOT NULL, exposure float8 NOT NULL, secured float8 NOT NULL,
        probability float8 NOT NULL CHECK (probability BETWEEN 0 AND 1),
        given_default float8 NOT NULL CHECK (given_default BETWEEN 0 AND 1), expected_loss float8 NOT NULL,
        provision float8 NOT NULL, overdue float8 NOT NULL, average_overdue float8 NOT NULL, sales float8 NOT NULL)""",
    "CREATE INDEX customer_loss_rank ON customer_loss (expected_loss DESC, customer_key)",
    """CREATE TABLE portfolio_group (
        as_of date NOT NULL REFERENCES portfolio_summary ON DELETE CASCADE,
        grouping_name text NOT NULL CHECK (grouping_name IN ('class', 'industry', 'owner', 'country', 'segment')),
        member text NOT NULL, customers bigint NOT NULL, exposure float8 NOT NULL, overdue float8 NOT NULL,
        expected_loss float8 NOT NULL, provision float8 NOT NULL, average_overdue float8 NOT NULL, sales float8 NOT NULL,
        PRIMARY KEY (as_of, grouping_name, member))""",
    """CREATE TABLE portfolio_month (
        as_of date NOT NULL REFERENCES portfolio_summary ON DELETE CASCADE, ends_on date NOT NULL,
        sales float8 NOT NULL, receivables float8 NOT NULL, overdue float8 NOT NULL, dso float8, best_possible_dso float8,
        average_days_delinquent float8, countback_dso float8, cei_pct float8, PRIMARY KEY (as_of, ends_on))""",
    """CREATE TABLE portfolio_bucket (
        as_of date NOT NULL REFERENCES portfolio_summary ON DELETE CASCADE, bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 5),
        balance float8 NOT NULL, observed_rate float8, credibility float8 NOT NULL, loss_rate float8 NOT NULL,
        provision float8 NOT NULL, PRIMARY KEY (as_of, bucket))""",
    """CREATE TABLE portfolio_roll (
        as_of date NOT NULL REFERENCES portfolio_summary ON DELETE CASCADE, bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 5),
        target smallint NOT NULL CHECK (target BETWEEN 0 AND 7), amount float8 NOT NULL, items bigint NOT NULL,
        share float8 NOT NULL, PRIMARY KEY (as_of, bucket, target))""",
    """CREATE TABLE portfolio_migration (
        as_of date NOT NULL REFERENCES portfolio_summary ON DELETE CASCADE, months smallint NOT NULL, compared_with date NOT NULL,
        old_class smallint NOT NULL CHECK (old_class BETWEEN -1 AND 5), new_class smallint NOT NULL CHECK (new_class BETWEEN 0 AND 5),
        customers bigint NOT NULL, exposure float8 NOT NULL, PRIMARY KEY (as_of, months, old_class, new_class))""",
    """CREATE TABLE completeness_proof (
        as_of date PRIMARY KEY, run_id bigint NOT NULL, active bigint NOT NULL, fresh bigint NOT NULL, listed bigint NOT NULL,
        unexplained bigint NOT NULL, digest text NOT NULL CHECK (length(digest) = 64),
        proven_at timestamptz NOT NULL, CHECK (active = fresh + listed), CHECK (unexplained <= listed))""",
    """CREATE TABLE completeness_case (
        as_of date NOT NULL REFERENCES completeness_proof ON DELETE CASCADE, customer_key bigint NOT NULL,
        reason text NOT NULL CHECK (reason IN ('not_assessed', 'outdated', 'arrived_later', 'nothing_known', 'no_rate', 'late_feed',
            'insufficient')),
        systems text NOT NULL, PRIMARY KEY (as_of, customer_key))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
