-- Purpose: note by what customers were compared. Parameters: keys (array), digests (array of the same length). Grain: one row per customer.
-- Dialect: PostgreSQL.
INSERT INTO screened_customer (customer_key, digest)
SELECT given.customer_key, given.digest
FROM unnest(CAST(:keys AS bigint []), CAST(:digests AS text [])) AS given (customer_key, digest)
ON CONFLICT (customer_key) DO UPDATE SET digest = excluded.digest;
