-- Purpose: one page of a list in any order; stands behind the statement of the list, which says of each row what it is sorted by: sort_number
-- and sort_text, null where it is not known, and its number sort_key. Parameters: is_down (the largest first), no_number and no_text (stand for
-- what is unknown, so that it comes last), after_number, after_text and after_key (of the last row; null at first), how_many.
-- Grain: one row per row of the list. Dialect: PostgreSQL.
SELECT placed.*
FROM (
    SELECT
        listed.*, coalesce(CAST(listed.sort_number AS float8), CAST(:no_number AS float8)) AS place_number,
        coalesce(listed.sort_text, CAST(:no_text AS text)) COLLATE "C" AS place_text
    FROM listed
) AS placed
WHERE
    CASE
        WHEN CAST(:after_key AS bigint) IS NULL THEN true
        WHEN :is_down THEN
            (placed.place_number, placed.place_text, placed.sort_key)
            < (CAST(:after_number AS float8), CAST(:after_text AS text), CAST(:after_key AS bigint))
        ELSE
            (placed.place_number, placed.place_text, placed.sort_key)
            > (CAST(:after_number AS float8), CAST(:after_text AS text), CAST(:after_key AS bigint))
    END
ORDER BY
    CASE WHEN :is_down THEN placed.place_number END DESC,
    CASE WHEN :is_down THEN placed.place_text END DESC,
    CASE WHEN :is_down THEN placed.sort_key END DESC,
    CASE WHEN NOT :is_down THEN placed.place_number END ASC,
    CASE WHEN NOT :is_down THEN placed.place_text END ASC,
    CASE WHEN NOT :is_down THEN placed.sort_key END ASC
LIMIT :how_many;
