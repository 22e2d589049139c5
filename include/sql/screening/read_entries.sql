-- Purpose: the listed parties, all or only those that have to be screened again. Parameters: waiting (boolean).
-- Grain: one row per entry. Dialect: PostgreSQL.
SELECT list_id, entry_id, kind, names, countries, identifiers, programs, digest
FROM screening_entry
WHERE NOT :waiting OR NOT is_screened
ORDER BY list_id, entry_id;
