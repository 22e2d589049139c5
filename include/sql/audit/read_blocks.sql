-- Purpose: read the roots of the tree's full blocks, in order. Parameters: none. Grain: one row per 256 events. Dialect: PostgreSQL.
SELECT audit_block.root FROM audit_block ORDER BY audit_block.position;
