-- Purpose: let one pass open reviews at a time; two at one moment would open the same ones. Parameters: none. Grain: one row.
-- Dialect: PostgreSQL.
SELECT pg_advisory_xact_lock(7240044);
