-- Purpose: records from outside per customer: weighted adverse records (P10), state of sanctions screening (C1), severity of confirmed
-- adverse media (C4), insolvency, fraud and the court's list of dishonest judgment debtors. A record counts from its observation until it is closed.
-- Weights: dishonest debtor 3; suit, tax arrears 1; bureau record
-- 1 from severity 50, else 0.5; others 0. Parameters: low, high (account keys), as_of, day_24m, c4_since (first day too old).
-- Grain: one row per customer with a record. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH live AS (
    SELECT customer_key, signal_type, severity, observed_on, as_of <= $as_of AND status = 'confirmed' AS is_confirmed
    FROM external_signals
    WHERE account_key BETWEEN $low AND $high AND observed_on <= $as_of
        AND NOT (coalesce(closed_on <= $as_of, false) OR (as_of <= $as_of AND closed_on IS NULL AND coalesce(status = 'closed', false)))
)
SELECT
    customer_key,
    coalesce(sum(CASE signal_type WHEN 'dishonest_debtor' THEN 3.0 WHEN 'litigation' THEN 1.0 WHEN 'tax_arrears' THEN 1.0
        WHEN 'credit_bureau' THEN CASE WHEN coalesce(severity, 100) >= 50 THEN 1.0 ELSE 0.5 END ELSE 0.0 END)
        FILTER (WHERE observed_on > $day_24m), 0) AS adverse,
    coalesce(max(CASE WHEN is_confirmed THEN 3 WHEN $as_of - observed_on > 2 THEN 2 ELSE 1 END)
        FILTER (WHERE signal_type = 'sanction'), 0) AS sanction_state,
    coalesce(max(CASE WHEN severity >= 67 THEN 3 WHEN severity >= 34 THEN 2 ELSE 1 END)
        FILTER (WHERE signal_type = 'news' AND is_confirmed AND observed_on > $c4_since), 0) AS adverse_media,
    bool_or(signal_type = 'insolvency') AS insolvency, bool_or(signal_type = 'fraud') AS fraud,
    bool_or(signal_type = 'dishonest_debtor') AS dishonest_debtor
FROM live GROUP BY customer_key
