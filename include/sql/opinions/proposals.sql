-- Purpose: the proposals to the better that wait for a decision. Parameters: none. Grain: one row per opinion. Dialect: PostgreSQL.
SELECT
    opinion.opinion_id, opinion.customer_key, opinion.kind, opinion.risk_class, opinion.known_alarms, opinion.known_floor,
    opinion.known_floor_code, opinion.effective_on, opinion.probation_days, opinion.state
FROM opinion
WHERE opinion.state = 'proposed' AND opinion.kind = 'better'
ORDER BY opinion.opinion_id;
