-- Purpose: list the customers that accounts left or came to. Parameters: none; reads changed_account.
-- Grain: one row per customer. Dialect: PostgreSQL.
CREATE TEMP TABLE touched_customer ON COMMIT DROP AS
SELECT customer_key FROM changed_account
UNION
SELECT account.customer_key FROM account JOIN changed_account ON changed_account.account_key = account.account_key;
