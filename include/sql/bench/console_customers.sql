-- Purpose: make customers, every other one with a Chinese name, of 200 owners. Parameters: customers. Grain: one row per customer.
-- Dialect: PostgreSQL.
INSERT INTO customer (customer_key, customer_id, name, country, owner_user, tax_id, known_at)
SELECT
    CAST(made.n AS bigint) * 256 AS customer_key, 'C' || made.n AS customer_id,
    CASE
        WHEN made.n % 2 = 0 THEN '棠溪市' || chr(20000 + made.n % 2000) || chr(21000 + (made.n / 7) % 2000) || '齿轮有限公司'
        ELSE 'Quenmoth ' || initcap(translate(left(md5(CAST(made.n AS text)), 10), '0123456789', 'ghijklmnop')) || ' Ltd'
    END AS name,
    CASE WHEN made.n % 2 = 0 THEN 'CN' ELSE 'GB' END AS country, 'u-' || made.n % 200 AS owner_user, 'TAX' || made.n AS tax_id, now() AS known_at
FROM generate_series(1, CAST(:customers AS integer)) AS made (n);
