-- Purpose: tell whether every stage ran to its end after the stage before it, for one business date; deliveries belong to no date.
-- Parameters: as_of, after (run_id before the first of them). Grain: one row. Dialect: PostgreSQL.
WITH recomputed AS (
    SELECT max(ended_at) AS ended_at
    FROM run
    WHERE stage = 'recompute_risk' AND state = 'finished' AND as_of = :as_of AND run_id > :after
),

watched AS (
    SELECT max(run.ended_at) AS ended_at
    FROM run, recomputed
    WHERE run.stage = 'watch' AND run.state = 'finished' AND run.as_of = :as_of AND run.started_at >= recomputed.ended_at
),

reviewed AS (
    SELECT max(run.ended_at) AS ended_at
    FROM run, watched
    WHERE run.stage = 'open_due_reviews' AND run.state = 'finished' AND run.as_of = :as_of AND run.started_at >= watched.ended_at
),

activated AS (
    SELECT max(run.ended_at) AS ended_at
    FROM run, watched
    WHERE run.stage = 'activate_playbooks' AND run.state = 'finished' AND run.as_of = :as_of AND run.started_at >= watched.ended_at
)

SELECT EXISTS (
    SELECT 1
    FROM run, reviewed, activated
    WHERE run.stage = 'deliver_notifications' AND run.state = 'finished'
        AND reviewed.ended_at IS NOT NULL AND activated.ended_at IS NOT NULL
        AND run.started_at >= greatest(reviewed.ended_at, activated.ended_at)
);
