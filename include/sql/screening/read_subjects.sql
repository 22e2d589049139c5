-- Purpose: the customers by what they are compared with lists by, all or only those changed since they were last compared.
-- Parameters: changed (boolean). Grain: one row per customer. Dialect: PostgreSQL.
WITH described AS (
    SELECT
        customer.customer_key,
        array_agg(DISTINCT account.name) FILTER (WHERE account.name IS NOT NULL) AS names,
        array_agg(DISTINCT account.tax_id) FILTER (WHERE account.tax_id IS NOT NULL) AS identifiers,
        coalesce(min(customer.country), '') AS country
    FROM customer INNER JOIN account ON customer.customer_key = account.customer_key
    WHERE customer.merged_into IS NULL
    GROUP BY customer.customer_key
),

subject AS (
    SELECT
        customer_key, coalesce(names, '{}') AS names, coalesce(identifiers, '{}') AS identifiers, country,
        md5(coalesce(array_to_string(names, chr(31)), '') || chr(30) || coalesce(array_to_string(identifiers, chr(31)), '') || chr(30) || country)
            AS digest
    FROM described
)

SELECT subject.customer_key, subject.names, subject.identifiers, subject.country, subject.digest
FROM subject LEFT JOIN screened_customer AS screened ON subject.customer_key = screened.customer_key
WHERE NOT :changed OR screened.digest IS DISTINCT FROM subject.digest
ORDER BY subject.customer_key;
