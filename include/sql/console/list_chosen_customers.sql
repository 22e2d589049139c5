-- Purpose: one page of the customers that were chosen by owner or search, in one of four orders, after the last row of the page before.
-- They are chosen first: few of very many are found by their owner, or by one look at all names. Parameters: sort (class, exposure,
-- index or name), after_class, after_amount, after_name, after_key (of the last row; null at first), customer_keys (found by number),
-- alike (part of a name), owner_users (each null without), most (chosen at most, null: all), risk_class (null: every class), on_day, how_many.
-- Grain: one row per customer. Dialect: PostgreSQL.
WITH chosen AS MATERIALIZED (
    SELECT customer.customer_key
    FROM customer
    WHERE
        (CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text [])))
        AND (CAST(:customer_keys AS bigint []) IS NULL OR customer.customer_key = any(CAST(:customer_keys AS bigint [])))
        AND (CAST(:alike AS text) IS NULL OR customer.name ILIKE :alike)
    ORDER BY customer.customer_key
    LIMIT :most
)

SELECT
    customer.customer_key, customer.customer_id, customer.name, customer.country, customer.owner_user,
    read_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS risk_class, judged.risk_class AS stored_class,
    judged.class_since, judged.index_points, judged.exposure, judged.overdue, judged.limit_amount
FROM chosen
INNER JOIN current_assessment AS judged ON chosen.customer_key = judged.customer_key
INNER JOIN customer ON judged.customer_key = customer.customer_key
WHERE
    customer.merged_into IS NULL
    AND (CAST(:risk_class AS smallint) IS NULL OR judged.risk_class = :risk_class)
    AND CASE
        WHEN CAST(:after_key AS bigint) IS NULL THEN true
        WHEN :sort = 'class' THEN
            (judged.risk_class, judged.exposure, judged.customer_key)
            < (CAST(:after_class AS smallint), CAST(:after_amount AS float8), CAST(:after_key AS bigint))
        WHEN :sort = 'exposure' THEN
            (judged.exposure, judged.customer_key) < (CAST(:after_amount AS float8), CAST(:after_key AS bigint))
        WHEN :sort = 'index' THEN
            (judged.index_points, judged.customer_key) < (CAST(:after_amount AS real), CAST(:after_key AS bigint))
        ELSE
            (coalesce(customer.name, ''), -judged.customer_key) > (CAST(:after_name AS text), -CAST(:after_key AS bigint))
    END
ORDER BY
    CASE WHEN :sort = 'class' THEN judged.risk_class END DESC,
    CASE WHEN :sort IN ('class', 'exposure') THEN judged.exposure END DESC,
    CASE WHEN :sort = 'index' THEN judged.index_points END DESC,
    CASE WHEN :sort = 'name' THEN coalesce(customer.name, '') END ASC,
    judged.customer_key DESC
LIMIT :how_many;
