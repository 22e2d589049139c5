-- Purpose: keep the next snapshots of reviews and bind approvals to them. Parameters: rows (JSON array of review_id, number,
-- body in hexadecimal, sha256, material), person, at. Grain: one row per review. Dialect: PostgreSQL.
WITH frozen AS (
    INSERT INTO review_snapshot (review_id, number, body, sha256, frozen_at, frozen_by, material)
    SELECT
        new.review_id, new.number, decode(new.body, 'hex') AS body, new.sha256, :at AS frozen_at, :person AS frozen_by,
        ARRAY(SELECT jsonb_array_elements_text(new.material)) AS material
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new (
        review_id bigint, number smallint, body text, sha256 text, material jsonb
    )
    ORDER BY new.review_id
    RETURNING review_id, sha256
)

UPDATE review
SET snapshot_sha256 = frozen.sha256
FROM frozen
WHERE review.review_id = frozen.review_id;
