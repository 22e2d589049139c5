-- Purpose: lay out the steps of an approval, the first one open. Parameters: review_id, round, digest, steps (JSON array), asked,
-- duty_kind, basis. Grain: one row per step. Dialect: PostgreSQL.
INSERT INTO review_approval (review_id, round, step, roles, asked, duty_kind, state, digest, basis)
SELECT
    :review_id AS review_id, :round AS round, planned.step,
    ARRAY(SELECT jsonb_array_elements_text(planned.roles)) AS roles,
    CASE WHEN planned.step = 1 THEN CAST(:asked AS text) END AS asked,
    CASE WHEN planned.step = 1 THEN CAST(:duty_kind AS text) END AS duty_kind,
    CASE WHEN planned.step = 1 THEN 'open' ELSE 'waiting' END AS state, :digest AS digest,
    CAST(:basis AS bytea) AS basis
FROM jsonb_to_recordset(CAST(:steps AS jsonb)) AS planned (step smallint, roles jsonb)
ORDER BY planned.step;
