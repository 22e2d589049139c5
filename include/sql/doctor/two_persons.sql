-- Purpose: decisions in which one person did what two must do (I7).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
WITH broken AS (
    SELECT 'review ' || review.review_id AS subject FROM review
    WHERE review.decided_by = review.proposed_by OR review.implemented_by = review.decided_by
    UNION ALL
    SELECT 'review ' || step.review_id AS subject FROM review_approval AS step
    WHERE step.decided_by IS NOT NULL GROUP BY step.review_id, step.round, step.decided_by HAVING count(*) > 1
    UNION ALL
    SELECT 'review ' || step.review_id AS subject
    FROM review_approval AS step INNER JOIN review ON step.review_id = review.review_id
    WHERE step.decided_by = review.proposed_by AND step.round = review.approval_round AND step.state = 'approved'
    UNION ALL
    SELECT 'measure ' || step.measure_id AS subject
    FROM measure_approval AS step INNER JOIN measure ON step.measure_id = measure.measure_id
    WHERE step.decided_by = measure.proposed_by AND step.state = 'approved'
    UNION ALL
    SELECT 'policy proposal ' || proposal.proposal_id AS subject FROM policy_proposal AS proposal
    WHERE proposal.decided_by = proposal.proposed_by AND proposal.state IN ('approved', 'active')
    UNION ALL
    SELECT 'measure ' || measure.measure_id AS subject FROM measure
    WHERE measure.approved_by = measure.proposed_by OR measure.implemented_by = measure.approved_by
    UNION ALL
    SELECT 'batch ' || override.batch_id AS subject FROM batch_override AS override
    WHERE override.decided_by = override.proposed_by
    UNION ALL
    SELECT 'opinion ' || opinion.opinion_id AS subject FROM opinion
    WHERE opinion.needs_second AND opinion.decided_by = opinion.author
    UNION ALL
    SELECT 'activation ' || activation.activation_id AS subject FROM activation
    WHERE activation.ended_by IN (activation.owner, activation.acknowledged_by, activation.looked_back_by)
)

SELECT broken.subject, count(*) OVER () AS broken
FROM broken
ORDER BY broken.subject
LIMIT :how_many;
