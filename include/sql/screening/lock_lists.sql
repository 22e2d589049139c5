-- Purpose: let one screening at a time write, until the transaction ends. Parameters: none. Grain: none. Dialect: PostgreSQL.
LOCK TABLE screening_list IN SHARE ROW EXCLUSIVE MODE;
