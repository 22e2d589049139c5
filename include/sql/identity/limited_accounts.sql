-- Purpose: the accounts of customers known to several of the systems that deliver credit limits. Parameters: none.
-- Grain: one row per account. Dialect: PostgreSQL.
WITH limiting AS (
    SELECT DISTINCT system FROM fact_batch WHERE dataset = 'credit_limits'
),

shared AS (
    SELECT account.customer_key FROM account INNER JOIN limiting ON account.system = limiting.system
    GROUP BY account.customer_key HAVING count(DISTINCT account.system) > 1
)

SELECT account.account_key, account.customer_key FROM account
INNER JOIN limiting ON account.system = limiting.system
INNER JOIN shared ON account.customer_key = shared.customer_key;
