-- Purpose: every match with its state, evidence and the entry it names. Parameters: open_only (boolean). Grain: one row per match.
-- Dialect: PostgreSQL.
SELECT
    found.match_id, found.customer_key, customer.customer_id, found.list_id, found.entry_id, found.likeness, found.same_number,
    found.matched_name, found.evidence, found.list_digest, found.state, found.version, found.found_on, found.confirmed_on, found.ended_on,
    found.proposed_by, found.decided_by, found.reason, entry.programs, coalesce(customer.merged_into IS NOT NULL, false) AS is_retired
FROM screening_match AS found
LEFT JOIN customer ON found.customer_key = customer.customer_key
LEFT JOIN screening_entry AS entry ON found.list_id = entry.list_id AND found.entry_id = entry.entry_id
WHERE NOT :open_only OR found.ended_on IS NULL
ORDER BY found.match_id;
