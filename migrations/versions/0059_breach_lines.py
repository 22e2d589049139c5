"""A customer is shown over the lines of its own set; the view of a database that was never assessed knew of no sets."""

from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

BREACHES = """CREATE OR REPLACE VIEW current_breach AS
        SELECT
            found.customer_key, found.indicator_id, found.severity,
            CAST(CASE found.indicator_id
                WHEN 'F1' THEN found.f1 WHEN 'F2' THEN found.f2 WHEN 'F3' THEN found.f3 WHEN 'F4' THEN found.f4
                WHEN 'F5' THEN found.f5 WHEN 'F6' THEN found.f6 WHEN 'F7' THEN found.f7 WHEN 'F8' THEN found.f8
                WHEN 'F9' THEN found.f9 WHEN 'F10' THEN found.f10 WHEN 'P1' THEN found.p1 WHEN 'P2' THEN found.p2
                WHEN 'P3' THEN found.p3 WHEN 'P4' THEN found.p4 WHEN 'P5' THEN found.p5 WHEN 'P6' THEN found.p6
                WHEN 'P7' THEN found.p7 WHEN 'P8' THEN found.p8 WHEN 'P9' THEN found.p9 WHEN 'P10' THEN found.p10
                WHEN 'T1' THEN found.t1 WHEN 'T2' THEN found.t2 WHEN 'T3' THEN found.t3 WHEN 'T4' THEN found.t4
                WHEN 'T5' THEN found.t5 WHEN 'T6' THEN found.t6 WHEN 'E4' THEN found.e4 WHEN 'E5' THEN found.e5
                WHEN 'C1' THEN found.c1 WHEN 'M5' THEN found.m5
                WHEN 'M1' THEN found.m1 WHEN 'M2' THEN found.m2 WHEN 'M3' THEN found.m3 WHEN 'M4' THEN found.m4
                WHEN 'C2' THEN found.c2 WHEN 'C3' THEN found.c3 WHEN 'C4' THEN found.c4 WHEN 'C5' THEN found.c5
                WHEN 'C6' THEN found.c6 WHEN 'E1' THEN found.e1 WHEN 'E2' THEN found.e2 WHEN 'E3' THEN found.e3
                WHEN 'E6' THEN found.e6
            END AS float8) AS value,
            CASE WHEN found.severity = 2 THEN found.alarm ELSE found.warning END AS line
        FROM (
            SELECT
                judged.*, lines.indicator_id, lines.warning, lines.alarm,
                CAST(CASE WHEN (judged.alarms >> lines.position) & 1 = 1 THEN 2 ELSE 1 END AS smallint) AS severity
            FROM current_assessment AS judged
            INNER JOIN assessed_line AS lines
                ON judged.line_set = lines.line_set AND ((judged.warnings | judged.alarms) >> lines.position) & 1 = 1
        ) AS found"""

STATEMENTS: tuple[str, ...] = (BREACHES,)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
