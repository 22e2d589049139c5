-- Purpose: the opinions whose days are over. Parameters: on_day. Grain: one row per opinion. Dialect: PostgreSQL.
SELECT opinion.opinion_id FROM opinion
WHERE opinion.state IN ('approved', 'active') AND opinion.valid_until < cast(:on_day AS date)
ORDER BY opinion.opinion_id;
