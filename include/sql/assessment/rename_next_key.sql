-- Purpose: give the key of the swapped table its usual name. Parameters: none. Grain: none. Dialect: PostgreSQL.
ALTER INDEX current_assessment_next_pkey RENAME TO current_assessment_pkey;
