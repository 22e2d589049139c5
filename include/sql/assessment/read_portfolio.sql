-- Purpose: read the current assessment with NaN for what is missing and -1 for no class before. Parameters: none.
-- Grain: one row per customer. Dialect: PostgreSQL.
SELECT
    customer_key,
    risk_class,
    COALESCE(previous_class, CAST(-1 AS smallint)) AS previous_class,
    data_state,
    flags,
    warnings,
    alarms,
    exposure, overdue, COALESCE(limit_amount, 'NaN') AS limit_amount,
    COALESCE(f1, 'NaN') AS f1, COALESCE(f2, 'NaN') AS f2, COALESCE(f3, 'NaN') AS f3,
    COALESCE(f4, 'NaN') AS f4, COALESCE(f5, 'NaN') AS f5, COALESCE(f6, 'NaN') AS f6,
    COALESCE(f7, 'NaN') AS f7, COALESCE(f8, 'NaN') AS f8, COALESCE(f9, 'NaN') AS f9,
    COALESCE(f10, 'NaN') AS f10, COALESCE(p1, 'NaN') AS p1, COALESCE(p2, 'NaN') AS p2,
    COALESCE(p3, 'NaN') AS p3, COALESCE(p4, 'NaN') AS p4, COALESCE(p5, 'NaN') AS p5,
    COALESCE(p6, 'NaN') AS p6, COALESCE(p7, 'NaN') AS p7, COALESCE(p8, 'NaN') AS p8,
    COALESCE(p9, 'NaN') AS p9, COALESCE(p10, 'NaN') AS p10, COALESCE(t1, 'NaN') AS t1,
    COALESCE(t2, 'NaN') AS t2, COALESCE(t3, 'NaN') AS t3, COALESCE(t4, 'NaN') AS t4,
    COALESCE(t5, 'NaN') AS t5, COALESCE(t6, 'NaN') AS t6, COALESCE(e4, 'NaN') AS e4,
    COALESCE(e5, 'NaN') AS e5, COALESCE(c1, 'NaN') AS c1, COALESCE(m5, 'NaN') AS m5,
    COALESCE(m1, 'NaN') AS m1, COALESCE(m2, 'NaN') AS m2, COALESCE(m3, 'NaN') AS m3,
    COALESCE(m4, 'NaN') AS m4, COALESCE(c2, 'NaN') AS c2, COALESCE(c3, 'NaN') AS c3,
    COALESCE(c4, 'NaN') AS c4, COALESCE(c5, 'NaN') AS c5, COALESCE(c6, 'NaN') AS c6,
    COALESCE(e1, 'NaN') AS e1, COALESCE(e2, 'NaN') AS e2, COALESCE(e3, 'NaN') AS e3,
    COALESCE(e6, 'NaN') AS e6
FROM current_assessment;
