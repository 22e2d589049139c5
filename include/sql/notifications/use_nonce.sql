-- Purpose: use an acknowledgement link once.
-- Parameters: nonce, person, at. Grain: one row, or none when used before. Dialect: PostgreSQL.
INSERT INTO acknowledgement (nonce, person, acknowledged_at, duties) VALUES (:nonce, :person, :at, 0)
ON CONFLICT (nonce) DO NOTHING
RETURNING nonce;
