-- Purpose: the accounts of customers known to several systems, the last described account of each system.
-- Parameters: none. Grain: one row per customer and system. Dialect: PostgreSQL.
SELECT DISTINCT ON (account.customer_key, account.system)
    account.customer_key, account.system, account.name, account.payment_terms_days, account.status, account.country, account.owner_user,
    account.number_kind || ':' || account.tax_key AS registration_number
FROM account
WHERE account.customer_key IN (SELECT customer_key FROM account GROUP BY customer_key HAVING count(DISTINCT system) > 1)
ORDER BY account.customer_key, account.system, account.as_of DESC NULLS LAST, account.account_id;
