-- Purpose: the text of a mapping by its digest. Parameters: digest. Grain: one row. Dialect: PostgreSQL.
SELECT content FROM mapping_text WHERE digest = :digest;
