-- Purpose: note that every entry was compared with every customer. Parameters: none. Grain: one row per entry. Dialect: PostgreSQL.
UPDATE screening_entry SET is_screened = true WHERE NOT is_screened;
