-- Purpose: one page of the matches of screening, the newest first, or one of them; without states those that are not ended.
-- Parameters: states (array), match_id, before_id (each may be null), how_many. Grain: one row per match. Dialect: PostgreSQL.
SELECT
    found.match_id, found.state, found.version, found.list_id, found.entry_id, found.likeness, found.same_number, found.matched_name,
    found.evidence, found.found_on, found.confirmed_on, found.ended_on, found.proposed_by, found.decided_by, found.reason,
    customer.customer_key, customer.customer_id, coalesce(customer.name, customer.customer_id) AS name, customer.country, customer.tax_id,
    entry.kind, entry.names, entry.countries, entry.identifiers, entry.programs
FROM screening_match AS found
LEFT JOIN customer AS taken ON found.customer_key = taken.customer_key
LEFT JOIN customer ON coalesce(taken.merged_into, taken.customer_key) = customer.customer_key
LEFT JOIN screening_entry AS entry ON found.list_id = entry.list_id AND found.entry_id = entry.entry_id
WHERE
    (CAST(:match_id AS bigint) IS NOT NULL OR found.state = any(CAST(:states AS text []))
        OR (CAST(:states AS text []) IS NULL AND found.ended_on IS NULL))
    AND (CAST(:match_id AS bigint) IS NULL OR found.match_id = :match_id)
    AND (CAST(:before_id AS bigint) IS NULL OR found.match_id < :before_id)
ORDER BY found.match_id DESC
LIMIT :how_many;
