-- Purpose: move the log's head after appending. Parameters: seq, chain. Grain: one row. Dialect: PostgreSQL.
UPDATE audit_head SET seq = :seq, chain_hash = :chain WHERE only_row;
