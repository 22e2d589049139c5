-- Purpose: list the account ids of a system for COPY. Parameters: system. Grain: one row per account. Dialect: PostgreSQL.
CREATE TEMP TABLE known_account ON COMMIT DROP AS SELECT account_id FROM account WHERE system = :system ORDER BY account_id;
