-- Purpose: remove the proof of a business date and its cases before a newer one replaces them. Parameters: as_of. Grain: one row.
-- Dialect: PostgreSQL.
DELETE FROM completeness_proof WHERE as_of = :as_of;
