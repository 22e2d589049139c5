-- Purpose: what credit insurance and collateral cover per customer at the date. Parameters: low, high (account keys), as_of.
-- Grain: one row per customer. Dialect: DuckDB. Amounts without a rate cover nothing.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH valid AS (
    SELECT customer_key, arg_max(limit_amount::DOUBLE * rate, (valid_from, as_of, known_at)) AS amount
    FROM credit_limits
    WHERE account_key BETWEEN $low AND $high AND valid_from <= $as_of AND (valid_to IS NULL OR valid_to >= $as_of)
        AND limit_type IN ('insured', 'collateral') AND rate IS NOT NULL
    GROUP BY customer_key, account_key, credit_area, limit_type
)
SELECT customer_key, sum(amount) AS secured FROM valid GROUP BY customer_key
