-- Purpose: the matches of screening, or one of them; without states those that are not ended. Parameters: states (array), match_id (each may
-- be null), sort (a column); those of page.sql. Grain: one row per match. Dialect: PostgreSQL.
SELECT
    found.match_id, found.state, found.version, found.list_id, found.entry_id, found.likeness, found.same_number, found.matched_name,
    found.evidence, found.found_on, found.confirmed_on, found.ended_on, found.proposed_by, found.decided_by, found.reason,
    customer.customer_key, customer.customer_id, coalesce(customer.name, customer.customer_id) AS name, customer.country, customer.tax_id,
    entry.kind, entry.names, entry.countries, entry.identifiers, entry.programs,
    CASE
        WHEN :sort = 'likeness_pct' THEN found.likeness
        WHEN :sort = 'found_on' THEN found.found_on - date '2000-01-01'
        ELSE 0
    END AS sort_number,
    CASE
        WHEN :sort = 'name' THEN coalesce(customer.name, customer.customer_id)
        WHEN :sort = 'matched_name' THEN found.matched_name
        WHEN :sort = 'list_id' THEN found.list_id
        WHEN :sort = 'state' THEN found.state
        WHEN :sort = 'proposed_by' THEN found.proposed_by
        ELSE ''
    END AS sort_text,
    found.match_id AS sort_key
FROM screening_match AS found
LEFT JOIN customer AS taken ON found.customer_key = taken.customer_key
LEFT JOIN customer ON coalesce(taken.merged_into, taken.customer_key) = customer.customer_key
LEFT JOIN screening_entry AS entry ON found.list_id = entry.list_id AND found.entry_id = entry.entry_id
WHERE
    (CAST(:match_id AS bigint) IS NOT NULL OR found.state = any(CAST(:states AS text []))
        OR (CAST(:states AS text []) IS NULL AND found.ended_on IS NULL))
    AND (CAST(:match_id AS bigint) IS NULL OR found.match_id = :match_id);
