-- Purpose: the customers whose name has a text in it as it was typed. Parameters: grams (its whole pieces, null: they are not asked), alike,
-- owner_users (null: all may be seen), most. Grain: one row with the keys as the text of an array, which may be long. Dialect: PostgreSQL.
SELECT CAST(ARRAY(
    SELECT customer.customer_key
    FROM customer
    WHERE
        customer.merged_into IS NULL
        AND (CAST(:grams AS text []) IS NULL OR name_grams(customer.name) @> CAST(:grams AS text []))
        AND customer.name ILIKE :alike
        AND (CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text [])))
    ORDER BY customer.customer_key
    LIMIT :most
) AS text) AS customer_keys;
