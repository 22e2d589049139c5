-- Purpose: hold how accounts were compared until the transaction ends. Parameters: none. Grain: one row per account.
-- Dialect: PostgreSQL.
CREATE TEMP TABLE IF NOT EXISTS compared_account (
    account_key bigint NOT NULL, compared_as text NOT NULL, sorted_words text NOT NULL, letters text NOT NULL, parts bytea NOT NULL
) ON COMMIT DROP;
