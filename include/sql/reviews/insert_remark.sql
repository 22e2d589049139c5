-- Purpose: keep a remark; the same words of one person to the same remark are kept once. Parameters: review_id, answers (null, or the remark
-- it answers), person, body, digest (of the body), at. Grain: one row, none when it is there. Dialect: PostgreSQL.
INSERT INTO review_remark (review_id, answers, said_by, said_at, body, digest)
VALUES (:review_id, :answers, :person, :at, :body, :digest)
ON CONFLICT (review_id, said_by, coalesce(answers, 0), digest) DO NOTHING
RETURNING remark_id;
