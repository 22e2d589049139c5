-- Purpose: the first class we wrote into a CRM, unless a person wrote over one already
-- Parameters: none
-- Grain: at most one row
-- Dialect: postgres
SELECT crm_field.connection, crm_field.record_id, crm_field.value
FROM crm_field
WHERE
    crm_field.fact = 'class'
    AND NOT EXISTS (SELECT FROM crm_write WHERE cardinality(crm_write.edited) > 0)
ORDER BY crm_field.connection, crm_field.write_id
LIMIT 1;
