-- Purpose: what everybody owes: open duties, those that are late, and what falls due soon. Parameters: now, until.
-- Grain: one row per person with an open duty. Dialect: PostgreSQL.
SELECT
    duty.owner, count(*) AS duties, count(*) FILTER (WHERE duty.due_at < :now) AS late,
    count(*) FILTER (WHERE duty.due_at BETWEEN :now AND :until) AS due_soon,
    count(*) FILTER (WHERE duty.due_at BETWEEN :now AND :until AND duty.subject_type = 'review') AS reviews_soon
FROM duty
WHERE duty.state IN ('open', 'exhausted')
GROUP BY duty.owner;
