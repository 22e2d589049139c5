-- Purpose: customers with an indicator beyond its alarm line and no signal about it (C3).
-- Looked at once the assessment was watched. Parameters: rules, how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT breach.customer_key || ' ' || breach.indicator_id AS subject, count(*) OVER () AS broken
FROM current_breach AS breach
LEFT JOIN signal
    ON
        breach.customer_key = signal.customer_key AND breach.indicator_id = signal.rule_id
        AND signal.subject_type = 'customer' AND signal.state <> 'cleared'
WHERE
    breach.severity = 2 AND breach.indicator_id = any(CAST(:rules AS text [])) AND signal.signal_id IS NULL
    AND EXISTS (
        SELECT 1 FROM run CROSS JOIN assessment_head AS head
        WHERE run.stage = 'watch' AND run.state = 'finished' AND run.ended_at >= head.written_at
    )
ORDER BY breach.customer_key, breach.indicator_id
LIMIT :how_many;
