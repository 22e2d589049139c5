-- Purpose: hold the changes of class of this assessment for the rest of the transaction. Parameters: none.
-- Grain: one row per customer whose class changed. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE assessed_change (
    customer_key bigint PRIMARY KEY, old_class smallint NOT NULL, new_class smallint NOT NULL, rule_code smallint NOT NULL
) ON COMMIT DROP;
