-- Purpose: hold the signals that end for the rest of the transaction. Parameters: none. Grain: one row per signal.
-- Dialect: PostgreSQL.
CREATE TEMPORARY TABLE ended_signal (signal_id bigint PRIMARY KEY) ON COMMIT DROP;
