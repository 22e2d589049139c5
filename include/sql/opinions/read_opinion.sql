-- Purpose: what a decision needs to know about an opinion. Parameters: opinion_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    opinion.opinion_id, opinion.customer_key, opinion.kind, opinion.subject, opinion.state, opinion.version, opinion.author,
    opinion.author_rank, opinion.horizon_on, opinion.known_alarms, opinion.known_floor, opinion.known_floor_code,
    opinion.needs_second, opinion.decided_by, opinion.digest
FROM opinion
WHERE opinion.opinion_id = :opinion_id;
