-- Purpose: the events of one subject, or of those whose number begins alike, in order. Parameters: subject_type; subject_id, action (patterns).
-- Grain: one row per event. Dialect: PostgreSQL.
SELECT body FROM audit_event
WHERE subject_type = :subject_type AND subject_id LIKE :subject_id AND action LIKE :action
ORDER BY seq;
