-- Purpose: forget the names a customer was compared with lists by, and why people decided.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE screening_match SET
    matched_name = :said || left(screening_match.matched_name, 0), evidence = :said || left(screening_match.evidence, 0),
    reason = :said || left(screening_match.reason, 0)
WHERE screening_match.customer_key = any(cast(:customer_keys AS bigint []));
