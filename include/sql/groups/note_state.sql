-- Purpose: note what the current relations follow from. Parameters: state (JSON). Grain: one row. Dialect: PostgreSQL.
INSERT INTO relation_state (state) VALUES (CAST(:state AS jsonb))
ON CONFLICT (only_row) DO UPDATE SET state = excluded.state;
