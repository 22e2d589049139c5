-- Purpose: let known_account and known_customer show the register as of a version and a moment until the transaction ends.
-- Parameters: version (NULL for the newest), known_at. Grain: one row. Dialect: PostgreSQL.
SELECT set_config('riskreview.known_version', least(
    coalesce(:version ::bigint, 9223372036854775807),
    coalesce((SELECT max(version) FROM register_version WHERE known_at <= :known_at), 0)
)::text, true) AS version;
