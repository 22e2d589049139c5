-- Purpose: hold relations as the sources tell them, and their parties' registration numbers, until the transaction ends.
-- Parameters: none. Grain: one row per relation; one per number and country. Dialect: PostgreSQL.
CREATE TEMP TABLE told_relation (
    item_key bigint NOT NULL, account_key bigint NOT NULL, kind text NOT NULL, party_id text NOT NULL, party_name text,
    party_tax_id text, party_country text, share_pct float8, amount numeric(18, 2), currency text, reporting_amount float8,
    starts_on date NOT NULL, ends_on date
) ON COMMIT DROP;
CREATE TEMP TABLE party_number (
    written text NOT NULL, country text, tax_key text
) ON COMMIT DROP;
