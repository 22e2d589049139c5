-- Purpose: the relations in force on the day of the run. Parameters: as_of. Grain: one row per relation. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    item_key, account_key, kind, party_id, party_name, party_tax_id, party_country, share_pct, amount, currency,
    round(amount::DOUBLE * rate, 2) AS reporting_amount, coalesce(valid_from, as_of) AS starts_on,
    least(valid_to, (absent_on - INTERVAL 1 DAY)::DATE) AS ends_on
FROM relations
WHERE
    coalesce(valid_from, as_of) <= $as_of AND (valid_to IS NULL OR valid_to >= $as_of)
    AND (absent_on IS NULL OR absent_on > $as_of)
