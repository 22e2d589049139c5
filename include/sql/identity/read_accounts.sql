-- Purpose: read accounts as they are compared, beside the oldest account of their customer. Parameters: account_keys (array).
-- Grain: one row per account. Dialect: PostgreSQL.
-- The sum keeps the planner from walking the whole primary key for the least key, which it does while the table has no statistics yet.
SELECT account.account_key, account.system, account.account_id, account.name, account.tax_id, account.tax_key, account.number_kind,
    account.country, account.phone, account.website, account.address,
    (SELECT min(other.account_key + 0) FROM account AS other WHERE other.customer_key = account.customer_key) AS oldest_account
FROM account WHERE account.account_key = ANY(:account_keys);
