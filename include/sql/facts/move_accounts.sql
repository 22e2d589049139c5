-- Purpose: give the accounts of retired customers to those that live on. Parameters: retired (array), survivors (array, in the
-- same order). Grain: one row per account that moves. Dialect: PostgreSQL.
UPDATE account SET customer_key = taken.survivor
FROM (SELECT unnest(:retired ::bigint []) AS retired, unnest(:survivors ::bigint []) AS survivor) AS taken
WHERE account.customer_key = taken.retired;
