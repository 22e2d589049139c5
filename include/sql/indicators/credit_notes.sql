-- Purpose: credit notes of six months and what of them is still open, per customer, for T5 and exposure.
-- Parameters: low, high (account keys), as_of, day_6m. Grain: one row per customer with a credit note. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    customer_key,
    round(coalesce(sum(abs(amount::DOUBLE) * rate) FILTER (WHERE issue_date > $day_6m), 0), 2) AS credited_6m,
    round(coalesce(sum(abs(CASE WHEN as_of <= $as_of THEN coalesce(open_amount, amount) ELSE amount END::DOUBLE) * rate)
        FILTER (WHERE NOT coalesce(cleared_date <= $as_of, false) AND NOT coalesce(absent_on <= $as_of, false)
            AND NOT (as_of <= $as_of AND coalesce(status IN ('cleared', 'written_off'), false))), 0), 2) AS open_credit
FROM invoices
WHERE account_key BETWEEN $low AND $high AND issue_date <= $as_of AND (doc_type = 'credit_note' OR amount < 0)
    AND NOT (as_of <= $as_of AND status IS NOT DISTINCT FROM 'reversed')
GROUP BY customer_key
