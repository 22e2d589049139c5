-- Purpose: which of some accounts of a system are known. Parameters: system, accounts. Grain: one row per known account.
-- Dialect: PostgreSQL.
SELECT account_id FROM account
WHERE system = :system AND account_id = ANY(CAST(:accounts AS text[]));
