-- Purpose: index the loaded assessment, which also proves that no customer is in it twice; this and the indexes after it are sorted in
-- memory. Parameters: none. Grain: none. Dialect: PostgreSQL.
SET LOCAL maintenance_work_mem = '256MB';
ALTER TABLE current_assessment_next ADD CONSTRAINT current_assessment_next_pkey PRIMARY KEY (customer_key);
