-- Purpose: hold the findings of this pass for the rest of the transaction. Parameters: none.
-- Grain: one row per customer and rule; act is 1 new, 2 worse, 3 still there. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE found_signal (
    customer_key bigint NOT NULL, rule_number smallint NOT NULL, severity smallint NOT NULL, value float8, line float8,
    act smallint NOT NULL
) ON COMMIT DROP;
