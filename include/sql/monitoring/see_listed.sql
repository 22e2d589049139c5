-- Purpose: note that listed signals still stand. Parameters: subject_type, rule_id, as_of. Grain: one row per signal.
-- Dialect: PostgreSQL.
UPDATE signal
SET last_seen_on = CAST(:as_of AS date), evidence = listed.evidence
FROM listed_finding AS listed
WHERE
    signal.subject_type = :subject_type AND signal.subject_id = listed.subject_id AND signal.rule_id = :rule_id
    AND signal.state <> 'cleared' AND signal.last_seen_on < CAST(:as_of AS date);
