-- Purpose: note the newest evidence of a match that stays in its state. Parameters: match_id, likeness, same_number, matched_name,
-- evidence, list_digest. Grain: one row. Dialect: PostgreSQL.
UPDATE screening_match SET
    likeness = :likeness, same_number = :same_number, matched_name = :matched_name, evidence = :evidence, list_digest = :list_digest
WHERE match_id = :match_id AND evidence <> :evidence;
