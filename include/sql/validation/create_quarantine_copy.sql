-- Purpose: a place for the bulk load of one batch's refused rows. Parameters: none. Grain: one refused row.
-- Dialect: PostgreSQL.
CREATE TEMPORARY TABLE quarantine_copy (
    dataset text, source_row bigint, line bigint, column_name text, code text, rule text, found text, repair text, record text
) ON COMMIT DROP;
