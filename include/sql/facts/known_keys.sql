-- Purpose: list the accounts of a system with their keys, for COPY. Parameters: system. Grain: one row per account.
-- Dialect: PostgreSQL.
DROP TABLE IF EXISTS known_key;
CREATE TEMP TABLE known_key ON COMMIT DROP AS SELECT account_id, account_key FROM account WHERE system = :system;
