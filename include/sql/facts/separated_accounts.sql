-- Purpose: list the accounts that left a customer which still has others. Parameters: none; reads changed_account.
-- Grain: one row per account. Dialect: PostgreSQL.
SELECT account.account_key, changed_account.customer_key AS old_customer, account.customer_key AS new_customer
FROM account JOIN changed_account ON changed_account.account_key = account.account_key
WHERE account.customer_key <> changed_account.customer_key
    AND EXISTS (SELECT 1 FROM account AS other WHERE other.customer_key = changed_account.customer_key)
ORDER BY account.account_key;
