-- Purpose: the erasure of a customer that is not done with the files. Parameters: customer_key. Grain: at most one row. Dialect: PostgreSQL.
SELECT erasure.erasure_id, erasure.customer_key
FROM erasure
WHERE erasure.customer_key = :customer_key AND erasure.state = 'erased' AND erasure.files_erased_at IS NULL
ORDER BY erasure.erasure_id
LIMIT 1;
