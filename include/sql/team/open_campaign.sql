-- Purpose: begin the sign-off of a period; one that exists is left alone. Parameters: period_key, starts_on, ends_before, figures,
-- sha256, at. Grain: at most one row. Dialect: PostgreSQL.
INSERT INTO campaign (period_key, starts_on, ends_before, figures, figures_sha256, counted_at)
VALUES (:period_key, :starts_on, :ends_before, :figures, :sha256, :at)
ON CONFLICT (period_key) DO NOTHING
RETURNING campaign_id;
