-- Purpose: record which customer took over which, and why; a customer that never was one is left out. Parameters: retired
-- (array), survivors (array, in the same order), basis, reference, merged_by, at. Grain: one row per merge. Dialect: PostgreSQL.
INSERT INTO customer_merge (retired, survivor, basis, reference, merged_by, merged_at)
SELECT taken.retired, taken.survivor, :basis, :reference, :merged_by, :at
FROM (SELECT unnest(:retired ::bigint []) AS retired, unnest(:survivors ::bigint []) AS survivor) AS taken
WHERE EXISTS (SELECT 1 FROM customer WHERE customer.customer_key = taken.retired)
ORDER BY taken.retired
RETURNING merge_id, retired, survivor;
