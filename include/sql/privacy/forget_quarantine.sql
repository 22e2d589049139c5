-- Purpose: forget the cells of refused rows that name a customer. Parameters: patterns (array), datasets (array), at.
-- Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE quarantine_row SET record = NULL, found = NULL, forgotten_at = :at
WHERE quarantine_row.dataset = any(cast(:datasets AS text [])) AND quarantine_row.record LIKE any(cast(:patterns AS text []));
