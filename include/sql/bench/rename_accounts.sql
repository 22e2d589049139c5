-- Purpose: rename one account in so many. Parameters: every. Grain: one row per account. Dialect: PostgreSQL.
UPDATE account SET name = name || ' Holding'
WHERE account_key / 256 % cast(:every AS bigint) = 0;
