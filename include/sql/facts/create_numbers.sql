-- Purpose: hold what the registration numbers of a batch are until the transaction ends. Parameters: none.
-- Grain: one row per number and country. Dialect: PostgreSQL.
CREATE TEMP TABLE read_number (
    tax_id text NOT NULL, country text, tax_key text, number_kind text NOT NULL, number_is_valid boolean
) ON COMMIT DROP;
