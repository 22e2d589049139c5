-- Purpose: count the active customers and digest who they are and why they are listed, so that lists can be compared.
-- Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT
    count(*) AS active,
    count(*) FILTER (WHERE reason IS NULL) AS fresh,
    count(*) FILTER (WHERE reason IS NOT NULL) AS listed,
    count(*) FILTER (WHERE reason IN ('not_assessed', 'outdated')) AS unexplained,
    encode(sha256(convert_to(coalesce(string_agg(customer_key || ':' || coalesce(reason, ''), ',' ORDER BY customer_key), ''), 'UTF8')), 'hex') AS digest
FROM active_customer;
