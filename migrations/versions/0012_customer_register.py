"""Merges of customers, and what accounts and customers were known as at every moment.

A row of ``account`` or ``customer`` carries the version of the register in which it became what it is. When it changes, what it
was goes to the history with the version in which it ceased to be known so. A version becomes visible, and gets its moment in
``register_version``, when the pointer ``accounts`` of ``fact_table`` moves to it: in the transaction that publishes a batch or
merges customers. The views ``known_account`` and ``known_customer`` show the register as of the transaction's setting
``riskreview.known_version``, without one as it is now.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ATTRIBUTES = (
    "name, tax_id, country, industry_code, group_id, owner_user, status, segment, payment_terms_days, currency,"
    " onboarded_on, kyc_review_due_on, ubo_verified_pct"
)
TYPED = (
    "name text, tax_id text, country text, industry_code text, group_id text, owner_user text, status text, segment text,"
    " payment_terms_days integer, currency text, onboarded_on date, kyc_review_due_on date, ubo_verified_pct float8"
)
ACCOUNT = f"account_key, system, account_id, customer_key, {ATTRIBUTES}, known_at"
CUSTOMER = f"customer_key, customer_id, {ATTRIBUTES}, merged_into, known_at"


def _row(record: str, columns: str) -> str:
    return ", ".join(f"{record}.{name.strip()}" for name in columns.split(","))


def _keeping(table: str, columns: str) -> tuple[str, ...]:
    """Return the statements that keep what a row was when it changes."""
    return (
        f"ALTER TABLE {table} ADD COLUMN since_version bigint NOT NULL DEFAULT 0",
        f"CREATE INDEX {table}_until ON {table}_history (until_version)",
        f"""CREATE FUNCTION keep_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            next_version bigint := coalesce((SELECT version FROM fact_table WHERE dataset = 'accounts'), 0) + 1;
        BEGIN
            IF OLD.since_version < next_version THEN
                INSERT INTO {table}_history ({columns}, since_version, until_version)
                VALUES ({_row("OLD", columns)}, OLD.since_version, next_version);
            END IF;
            NEW.since_version := next_version;
            RETURN NEW;
        END $$""",  # noqa: S608  our own names
        f"""CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} FOR EACH ROW
        WHEN (({_row("OLD", columns)}) IS DISTINCT FROM ({_row("NEW", columns)})) EXECUTE FUNCTION keep_{table}()""",
        f"""CREATE TRIGGER {table}_history_rows BEFORE UPDATE OR DELETE ON {table}_history
        FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()""",
        f"""CREATE TRIGGER {table}_history_truncate BEFORE TRUNCATE ON {table}_history
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()""",
        f"""CREATE VIEW known_{table} AS
        SELECT {columns} FROM {table} WHERE since_version <= (SELECT known_version())
        UNION ALL
        SELECT {columns} FROM {table}_history
        WHERE until_version > (SELECT known_version()) AND since_version <= (SELECT known_version())""",  # noqa: S608  our own names
    )


STATEMENTS: tuple[str, ...] = (
    "CREATE TABLE register_version (version bigint PRIMARY KEY, known_at timestamptz NOT NULL)",
    """CREATE FUNCTION known_version() RETURNS bigint LANGUAGE sql STABLE AS
        $$ SELECT coalesce(nullif(current_setting('riskreview.known_version', true), '')::bigint, 9223372036854775807) $$""",
    """CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'what was known is never rewritten: % on % refused', TG_OP, TG_TABLE_NAME; END $$""",
    f"""CREATE TABLE account_history (
        account_key bigint NOT NULL, system text NOT NULL, account_id text NOT NULL, customer_key bigint NOT NULL, {TYPED},
        known_at timestamptz NOT NULL, since_version bigint NOT NULL, until_version bigint NOT NULL,
        PRIMARY KEY (account_key, until_version), CHECK (since_version < until_version))""",
    f"""CREATE TABLE customer_history (
        customer_key bigint NOT NULL, customer_id text NOT NULL, {TYPED}, merged_into bigint,
        known_at timestamptz NOT NULL, since_version bigint NOT NULL, until_version bigint NOT NULL,
        PRIMARY KEY (customer_key, until_version), CHECK (since_version < until_version))""",
    *_keeping("account", ACCOUNT),
    *_keeping("customer", CUSTOMER),
    """CREATE TABLE customer_merge (
        merge_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, retired bigint NOT NULL, survivor bigint NOT NULL,
        basis text NOT NULL CHECK (basis IN ('registration_number', 'accepted_proposal')), reference text NOT NULL,
        merged_by text NOT NULL, merged_at timestamptz NOT NULL, undone_by text, undone_at timestamptz,
        CHECK (retired <> survivor), CHECK ((undone_by IS NULL) = (undone_at IS NULL)))""",
    "CREATE INDEX customer_merge_retired ON customer_merge (retired)",
    "CREATE INDEX customer_retired ON customer (merged_into) WHERE merged_into IS NOT NULL",
    """CREATE TABLE account_bond (
        merge_id bigint NOT NULL REFERENCES customer_merge, account_key bigint NOT NULL REFERENCES account,
        was_retired boolean NOT NULL, PRIMARY KEY (merge_id, account_key))""",
    "CREATE INDEX account_bond_account ON account_bond (account_key)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
