-- Purpose: what the event log says the files of each published version of a fact table come to. Parameters: none.
-- Grain: one row per table and version that an event names; the same one more than once where several do. Dialect: PostgreSQL.
WITH said AS (
    SELECT convert_from(body, 'UTF8')::jsonb -> 'new' AS facts
    FROM audit_event
    WHERE subject_type IN ('batch', 'fact_table') AND action IN ('batch:published', 'facts:compacted')
)

SELECT named.dataset, (said.facts -> 'versions' ->> named.dataset)::bigint AS version, named.digest
FROM said
CROSS JOIN LATERAL jsonb_each_text(said.facts -> 'files') AS named (dataset, digest);
