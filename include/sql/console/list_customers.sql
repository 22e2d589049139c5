-- Purpose: one page of customers in one of four orders, after the last row of the page before: of everybody, or of those that were chosen by
-- owner or search. The server folds the CASEs away before it plans, so that every order is read from its index; the chosen are few and are
-- found first, and of them no more than their figures is read to place them: the register is then left out of the plan, since nothing asks it.
-- Parameters: sort (class, exposure, index or name), after_class, after_amount, after_name, after_key (of the last row; null at
-- first), is_chosen, customer_keys (found by number), alike (part of a name) with grams (its whole pieces, null when it has none), owner_users
-- (each null without), most (chosen at most, null: all), risk_class (as it is shown on the day; null: every class), part (of the unknown
-- ones: outdated or never_known, each a range of one index; null: both), country, exposure_from (null: any), is_overdue, on_day, how_many,
-- rate_missing (bit of the flag that some of what is owed has no rate).
-- What is out of date is shown as unknown and keeps the place in the order that its last class gave it. The index of classes ends in
-- valid_until, so that rows which do not count are passed over without being read.
-- Grain: one row per customer. Dialect: PostgreSQL.
WITH chosen AS MATERIALIZED (
    SELECT customer.customer_key
    FROM customer
    WHERE
        customer.merged_into IS NULL
        AND (CAST(:country AS text) IS NULL OR customer.country = :country)
        AND (CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text [])))
        AND (CAST(:customer_keys AS bigint []) IS NULL OR customer.customer_key = any(CAST(:customer_keys AS bigint [])))
        AND (CAST(:grams AS text []) IS NULL OR name_grams(customer.name) @> CAST(:grams AS text []))
        AND (CAST(:alike AS text) IS NULL OR customer.name ILIKE :alike)
    ORDER BY customer.customer_key
    LIMIT :most
),

placed AS (
    SELECT judged.*
    FROM current_assessment AS judged
    LEFT JOIN customer ON judged.customer_key = customer.customer_key
    WHERE
        (NOT :is_chosen OR judged.customer_key = any(ARRAY(SELECT chosen.customer_key FROM chosen)))
        AND (
            (:is_chosen AND :sort <> 'name')
            OR (
                customer.customer_key IS NOT NULL AND customer.merged_into IS NULL
                AND (CAST(:country AS text) IS NULL OR customer.country = :country)
            )
        )
        AND CASE
            WHEN CAST(:risk_class AS smallint) IS NULL THEN true
            WHEN CAST(:part AS text) = 'outdated' THEN judged.risk_class > 0 AND judged.valid_until < CAST(:on_day AS date)
            WHEN CAST(:part AS text) = 'never_known' THEN judged.risk_class = 0
            WHEN CAST(:risk_class AS smallint) = 0 THEN judged.risk_class = 0 OR judged.valid_until < CAST(:on_day AS date)
            ELSE judged.risk_class = CAST(:risk_class AS smallint) AND judged.valid_until >= CAST(:on_day AS date)
        END
        AND (CAST(:exposure_from AS float8) IS NULL OR judged.exposure >= :exposure_from)
        AND (NOT :is_overdue OR judged.overdue > 0)
        AND (CAST(:after_name AS text) IS NULL OR coalesce(customer.name, '') >= :after_name)
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
    LIMIT :how_many
)

SELECT
    customer.customer_key, customer.customer_id, customer.name, customer.country, customer.owner_user,
    read_class(placed.risk_class, placed.valid_until, CAST(:on_day AS date)) AS risk_class, placed.risk_class AS stored_class,
    placed.class_since, placed.index_points, placed.exposure, placed.overdue, placed.limit_amount,
    (placed.flags & :rate_missing) <> 0 AS in_part
FROM placed
INNER JOIN customer ON placed.customer_key = customer.customer_key
ORDER BY
    CASE WHEN :sort = 'class' THEN placed.risk_class END DESC,
    CASE WHEN :sort IN ('class', 'exposure') THEN placed.exposure END DESC,
    CASE WHEN :sort = 'index' THEN placed.index_points END DESC,
    CASE WHEN :sort = 'name' THEN coalesce(customer.name, '') END ASC,
    customer.customer_key DESC;
