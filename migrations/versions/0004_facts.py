"""Tables of the facts room.

``account_key`` is ``customer_key * 256 + n`` of the customer an account was first given to, so that the fact tables, sorted by
``account_key``, are sorted by customer too. An account that changes its customer keeps its key: ``account_merge`` shows those.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "CREATE SEQUENCE customer_key_seq AS bigint",
    """CREATE TABLE customer (
        customer_key bigint PRIMARY KEY, customer_id text NOT NULL UNIQUE, name text, tax_id text, country text,
        industry_code text, group_id text, owner_user text, status text, segment text, payment_terms_days integer,
        currency text, onboarded_on date, kyc_review_due_on date, ubo_verified_pct float8,
        merged_into bigint, known_at timestamptz NOT NULL, CHECK (merged_into <> customer_key))""",
    """CREATE TABLE account (
        account_key bigint PRIMARY KEY, system text NOT NULL, account_id text NOT NULL, customer_key bigint NOT NULL,
        name text, tax_id text, tax_key text, country text, industry_code text, group_id text, owner_user text, status text,
        segment text, payment_terms_days integer, currency text, onboarded_on date, kyc_review_due_on date,
        ubo_verified_pct float8 CHECK (ubo_verified_pct <> 'NaN'), as_of date, known_at timestamptz NOT NULL,
        attributes_known_at timestamptz, batch_id bigint, UNIQUE (system, account_id))""",
    "CREATE INDEX account_customer ON account (customer_key)",
    "CREATE INDEX account_tax ON account (tax_key) WHERE tax_key IS NOT NULL",
    """CREATE VIEW account_merge AS SELECT account_key, customer_key FROM account
        WHERE customer_key <> account_key / 256""",
    "CREATE INDEX account_moved ON account (account_key) WHERE customer_key <> account_key / 256",
    "CREATE TABLE fact_table (dataset text PRIMARY KEY, version bigint NOT NULL CHECK (version >= 0))",
    """CREATE TABLE fact_batch (
        batch_id bigint NOT NULL, dataset text NOT NULL, source_id text NOT NULL, system text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('movement', 'snapshot')), as_of date NOT NULL, known_at timestamptz NOT NULL,
        version bigint NOT NULL, rows_appended bigint NOT NULL CHECK (rows_appended >= 0), published_at timestamptz NOT NULL,
        PRIMARY KEY (batch_id, dataset))""",
    """CREATE TABLE fact_held (
        batch_id bigint NOT NULL, dataset text NOT NULL, item_key bigint NOT NULL, PRIMARY KEY (batch_id, dataset, item_key))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
