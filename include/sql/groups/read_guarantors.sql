-- Purpose: read which customers guarantee for which. Parameters: none. Grain: one row per pair. Dialect: PostgreSQL.
SELECT DISTINCT customer_key, party_key AS guarantor_key FROM found_relation
WHERE kind = 'guarantee' AND party_key IS NOT NULL;
