-- Purpose: mark customers that another one took over, and those they had taken over before, with the one that lives on.
-- Parameters: retired (array), survivors (array, in the same order). Grain: one row per retired customer. Dialect: PostgreSQL.
UPDATE customer SET merged_into = taken.survivor
FROM (SELECT unnest(:retired ::bigint []) AS retired, unnest(:survivors ::bigint []) AS survivor) AS taken
WHERE customer.customer_key = taken.retired OR customer.merged_into = taken.retired;
