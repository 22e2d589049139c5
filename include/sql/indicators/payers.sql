-- Purpose: receipts whose payer is known, and what of them came from another party or another country, for C6.
-- Parameters: low, high (account keys), as_of, c6_since (first day outside). Reads master and own_payer (accounts of the customers
-- themselves). Grain: one row per customer with such a receipt. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH receipt AS (
    SELECT
        p.customer_key, p.amount::DOUBLE * p.rate AS amount,
        coalesce(p.payer_key <> 0 AND o.item_key IS NULL, false) OR coalesce(p.payer_country <> m.country, false) AS is_other
    FROM payments AS p
    JOIN master AS m ON m.customer_key = p.customer_key
    LEFT JOIN own_payer AS o ON o.item_key = p.payer_key AND o.customer_key = p.customer_key
    WHERE p.account_key BETWEEN $low AND $high AND p.payment_date <= $as_of AND p.payment_date > $c6_since AND p.is_reversal IS NOT TRUE
        AND (p.payer_key IS NOT NULL OR (p.payer_country IS NOT NULL AND m.country IS NOT NULL))
)
SELECT
    customer_key, count(*) AS receipts, round(sum(amount), 2) AS received, round(coalesce(sum(amount) FILTER (WHERE is_other), 0), 2) AS from_others
FROM receipt GROUP BY customer_key
