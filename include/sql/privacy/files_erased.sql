-- Purpose: note that an erasure is done with all files. Parameters: erasure_id, at. Grain: one row. Dialect: PostgreSQL.
UPDATE erasure SET files_erased_at = :at
WHERE erasure.erasure_id = :erasure_id AND erasure.state = 'erased' AND erasure.files_erased_at IS NULL;
