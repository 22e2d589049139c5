-- Purpose: keep the roots of blocks that became full. Parameters: arrays places, roots. Grain: one row per 256 events. Dialect: PostgreSQL.
INSERT INTO audit_block (position, root)
SELECT new.place, new.root
FROM unnest(cast(:places AS bigint []), cast(:roots AS bytea [])) AS new (place, root);
