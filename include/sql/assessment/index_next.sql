-- Purpose: index the loaded assessment, which also proves that no customer is in it twice. Parameters: none.
-- Grain: none. Dialect: PostgreSQL.
ALTER TABLE current_assessment_next ADD CONSTRAINT current_assessment_next_pkey PRIMARY KEY (customer_key);
