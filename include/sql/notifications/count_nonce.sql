-- Purpose: record how many duties an acknowledgement stopped. Parameters: nonce, duties. Grain: one row. Dialect: PostgreSQL.
UPDATE acknowledgement SET duties = :duties
WHERE nonce = :nonce;
