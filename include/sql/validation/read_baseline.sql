-- Purpose: the profile of the good batch of a source that is nearest in as-of date, the older of two equally near ones.
-- Parameters: source_id, batch_id, as_of. Grain: one row or none. Dialect: PostgreSQL.
SELECT batch_profile.profile
FROM batch_profile
INNER JOIN batch ON batch_profile.batch_id = batch.batch_id
WHERE
    batch.source_id = :source_id AND batch.batch_id <> :batch_id AND batch.state IN ('validated', 'published')
ORDER BY abs(batch.as_of - cast(:as_of AS date)), batch.as_of ASC, batch.batch_id DESC
LIMIT 1;
