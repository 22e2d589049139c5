-- Purpose: store the profile of a good batch. Parameters: batch_id, source_id, as_of, profile, at.
-- Grain: one row per batch. Dialect: PostgreSQL.
INSERT INTO batch_profile (batch_id, source_id, as_of, profile, created_at)
VALUES (:batch_id, :source_id, :as_of, CAST(:profile AS jsonb), :at)
ON CONFLICT (batch_id) DO UPDATE SET profile = excluded.profile;
