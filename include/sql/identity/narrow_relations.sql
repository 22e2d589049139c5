-- Purpose: the same for the relations of some customers. Parameters: customers. Grain: one row per relation. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE current_relation ON COMMIT DROP AS
SELECT * FROM current_relation
WHERE customer_key = ANY(CAST(:customers AS bigint[]));
