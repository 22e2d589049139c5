-- Purpose: record what a list says of one party; one that says something new has to be screened again.
-- Parameters: list_id, entry_id, digest, kind, names, countries, identifiers, programs. Grain: one row. Dialect: PostgreSQL.
INSERT INTO screening_entry (list_id, entry_id, digest, kind, names, countries, identifiers, programs)
VALUES (:list_id, :entry_id, :digest, :kind, :names, :countries, :identifiers, :programs)
ON CONFLICT (list_id, entry_id) DO UPDATE SET
    digest = excluded.digest, kind = excluded.kind, names = excluded.names, countries = excluded.countries,
    identifiers = excluded.identifiers, programs = excluded.programs, is_screened = false
WHERE screening_entry.digest <> excluded.digest;
