-- Purpose: the published version of every fact table, and the newest moment anything published, or the register, was known at.
-- Parameters: none. Grain: one row per table. Dialect: PostgreSQL.
SELECT
    pointer.dataset, pointer.version,
    greatest(
        (SELECT max(published.known_at) FROM fact_batch AS published), (SELECT max(register.known_at) FROM register_version AS register)
    ) AS known_at
FROM fact_table AS pointer
ORDER BY pointer.dataset;
