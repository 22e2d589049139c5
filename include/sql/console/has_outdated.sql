-- Purpose: whether anybody's assessment of a class is out of date, so that it is shown as unknown. Parameters: risk_class (as it was judged),
-- owner_users (of these only; null: all), on_day. Grain: one row. Dialect: PostgreSQL.
SELECT EXISTS (
    SELECT 1
    FROM current_assessment AS judged
    INNER JOIN customer ON judged.customer_key = customer.customer_key
    WHERE
        judged.risk_class = :risk_class AND judged.valid_until < :on_day AND customer.merged_into IS NULL
        AND (CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text [])))
) AS is_found;
