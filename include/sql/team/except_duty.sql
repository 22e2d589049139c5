-- Purpose: except an overdue duty of a sign-off with a reason; a second exception is left alone. Parameters: campaign_id, duty_id, reason,
-- person, at. Grain: at most one row. Dialect: PostgreSQL.
INSERT INTO campaign_exception (campaign_id, duty_id, reason, person, excepted_at)
VALUES (:campaign_id, :duty_id, :reason, :person, :at)
ON CONFLICT (campaign_id, duty_id) DO NOTHING
RETURNING duty_id;
