-- Purpose: reviews, plans, steps, measures, opinions and proposals of policy whose state is not the one their last event says (I6).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
WITH standing AS (
    SELECT 'review' AS subject_type, CAST(review.review_id AS text) AS subject_id, review.state FROM review
    UNION ALL
    SELECT 'activation' AS subject_type, CAST(activation.activation_id AS text) AS subject_id, activation.state FROM activation
    UNION ALL
    SELECT 'step' AS subject_type, CAST(step.step_key AS text) AS subject_id, step.state FROM step
    UNION ALL
    SELECT 'measure' AS subject_type, CAST(measure.measure_id AS text) AS subject_id, measure.state FROM measure
    UNION ALL
    SELECT 'opinion' AS subject_type, CAST(opinion.opinion_id AS text) AS subject_id, opinion.state FROM opinion
    UNION ALL
    SELECT 'policy proposal' AS subject_type, CAST(policy_proposal.proposal_id AS text) AS subject_id, policy_proposal.state FROM policy_proposal
), last_event AS (
    SELECT max(event.seq) AS seq
    FROM audit_event AS event
    WHERE
        event.subject_type IN ('review', 'activation', 'step', 'measure', 'opinion', 'policy proposal')
        AND position(CONVERT_TO('"state":', 'UTF8') IN event.body) > 0
    GROUP BY event.subject_type, event.subject_id
), said AS (
    SELECT event.subject_type, event.subject_id, CAST(CONVERT_FROM(event.body, 'UTF8') AS jsonb) #>> '{new,state}' AS state
    FROM last_event
    INNER JOIN audit_event AS event ON last_event.seq = event.seq
)

SELECT standing.subject_type || ' ' || standing.subject_id AS subject, count(*) OVER () AS broken
FROM standing
INNER JOIN said ON standing.subject_type = said.subject_type AND standing.subject_id = said.subject_id
WHERE standing.state <> said.state
ORDER BY standing.subject_type, standing.subject_id
LIMIT :how_many;
