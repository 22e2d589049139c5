-- Purpose: who owns one customer, guarantees for it or manages it, as its sources told, in force at a date.
-- Parameters: customer_key, as_of. Grain: one row per relation. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    kind, coalesce(party_name, party_id) AS party, party_country AS country, share_pct, amount, currency, coalesce(valid_from, as_of) AS starts_on,
    least(valid_to, (absent_on - INTERVAL 1 DAY)::DATE) AS ends_on
FROM relations
WHERE
    customer_key = $customer_key AND coalesce(valid_from, as_of) <= $as_of AND (valid_to IS NULL OR valid_to >= $as_of)
    AND (absent_on IS NULL OR absent_on > $as_of)
ORDER BY kind DESC, share_pct DESC NULLS LAST, party
