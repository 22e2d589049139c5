-- Purpose: the credit limit valid at the date per customer: standard and temporary limits of all credit areas added up, insured
-- ones where there is no other. Parameters: low, high (account keys), as_of. Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH valid AS (
    SELECT customer_key, credit_area, coalesce(limit_type, 'standard') AS kind,
        arg_max(limit_amount::DOUBLE * rate, (valid_from, as_of, known_at)) AS amount, bool_or(rate IS NULL) AS unconverted
    FROM credit_limits
    WHERE account_key BETWEEN $low AND $high AND valid_from <= $as_of AND (valid_to IS NULL OR valid_to >= $as_of)
    GROUP BY customer_key, account_key, credit_area, kind
)
SELECT
    customer_key, bool_or(unconverted) AS unconverted,
    round(coalesce(sum(amount) FILTER (WHERE kind IN ('standard', 'temporary')), sum(amount) FILTER (WHERE kind = 'insured')), 2) AS limit_amount
FROM valid GROUP BY customer_key
