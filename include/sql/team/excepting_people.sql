-- Purpose: who excepted duties of a sign-off. Parameters: campaign_id. Grain: one row per person. Dialect: PostgreSQL.
SELECT DISTINCT person FROM campaign_exception
WHERE campaign_id = :campaign_id
ORDER BY person;
