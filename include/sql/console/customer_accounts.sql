-- Purpose: how each system knows a customer. Parameters: customer_key. Grain: one row per account. Dialect: PostgreSQL.
SELECT
    account.system, account.account_id, account.name, account.tax_id, account.country, account.owner_user, account.status,
    account.payment_terms_days, account.as_of
FROM account
WHERE account.customer_key = :customer_key
ORDER BY account.system, account.account_id;
