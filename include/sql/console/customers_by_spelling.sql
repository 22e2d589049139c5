-- Purpose: the customers whose Chinese name is spelled as somebody typed it, in one way to read that. Parameters: whole (pieces a name has),
-- last (it has one of them, null: none is asked), spelled, initials (patterns, each may be null), owner_users (null: all may be seen), most.
-- Grain: one row with the keys as the text of an array, which may be long. Dialect: PostgreSQL.
SELECT CAST(ARRAY(
    SELECT customer_spelling.customer_key
    FROM customer_spelling
    INNER JOIN customer ON customer_spelling.customer_key = customer.customer_key
    WHERE
        customer.merged_into IS NULL
        AND customer_spelling.pieces @> CAST(:whole AS text [])
        AND (CAST(:last AS text []) IS NULL OR customer_spelling.pieces && CAST(:last AS text []))
        AND (CAST(:spelled AS text) IS NULL OR customer_spelling.spelled LIKE :spelled OR customer_spelling.spelled LIKE '% ' || :spelled)
        AND (CAST(:initials AS text) IS NULL OR customer_spelling.initials LIKE :initials)
        AND (CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text [])))
    ORDER BY customer_spelling.customer_key
    LIMIT :most
) AS text) AS customer_keys;
