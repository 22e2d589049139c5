-- Purpose: the accounts of a source system that facts know, for judging quarantined rows again. Parameters: system.
-- Grain: one account. Dialect: PostgreSQL.
SELECT account_id FROM account
WHERE system = :system
ORDER BY account_id;
