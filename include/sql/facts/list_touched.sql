-- Purpose: list the customers whose attributes may have changed: those of the accounts a batch spoke of, and those that lost one.
-- Parameters: system. Grain: one row per customer. Dialect: PostgreSQL.
CREATE TEMP TABLE touched_customer ON COMMIT DROP AS
SELECT account.customer_key
FROM account JOIN incoming_account AS i ON i.account_id = account.account_id
WHERE account.system = :system
UNION
SELECT changed_account.customer_key FROM changed_account;
