-- Purpose: the customers of a number: their own, a registration number, or an account of any system; those that were taken over lead to
-- those that live on. Systems are few, so each is asked by its index. A number that proves nothing is found as it was delivered.
-- Parameters: wanted, numbers (the spellings of a registration number). Grain: one row per customer. Dialect: PostgreSQL.
WITH RECURSIVE systems AS (
    (SELECT account.system FROM account ORDER BY account.system LIMIT 1)
    UNION ALL
    SELECT (SELECT account.system FROM account WHERE account.system > systems.system ORDER BY account.system LIMIT 1)
    FROM systems
    WHERE systems.system IS NOT NULL
),

found AS (
    SELECT customer.customer_key FROM customer WHERE customer.customer_id = :wanted
    UNION
    SELECT account.customer_key FROM account WHERE account.tax_key = any(CAST(:numbers AS text []))
    UNION
    SELECT account.customer_key FROM account
    WHERE account.tax_key IS NULL AND account.tax_id IS NOT NULL AND account.tax_id = :wanted
    UNION
    SELECT account.customer_key
    FROM systems
    INNER JOIN account ON systems.system = account.system
    WHERE account.account_id = :wanted
)

SELECT coalesce(customer.merged_into, customer.customer_key) AS customer_key
FROM found
INNER JOIN customer ON found.customer_key = customer.customer_key
ORDER BY customer_key
LIMIT 100;
