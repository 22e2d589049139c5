-- Purpose: customers whose accounts have credit limits that differ by more than one percent, which no conversion explains.
-- Parameters: as_of; reads limited_account. Grain: one row per account. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH valid AS (
    SELECT account_key, arg_max(limit_amount::DOUBLE * rate, (valid_from, as_of, known_at)) AS amount
    FROM credit_limits
    WHERE valid_from <= $as_of AND (valid_to IS NULL OR valid_to >= $as_of) AND coalesce(limit_type, 'standard') IN ('standard', 'temporary')
    GROUP BY account_key, credit_area, coalesce(limit_type, 'standard')
),

summed AS (
    SELECT account_key, round(sum(amount), 2) AS amount FROM valid GROUP BY account_key HAVING bool_and(amount IS NOT NULL)
)

SELECT summed.account_key, limited.customer_key, summed.amount
FROM summed INNER JOIN limited_account AS limited ON summed.account_key = limited.account_key
QUALIFY
    max(summed.amount) OVER (PARTITION BY limited.customer_key)
    > 1.01 * min(summed.amount) OVER (PARTITION BY limited.customer_key)
ORDER BY limited.customer_key, summed.account_key
