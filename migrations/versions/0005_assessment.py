"""Tables of the assessment room: the current assessment, what it was judged by, and changes of class.

``current_assessment`` is replaced as a whole by every assessment: nothing may refer to it by foreign key or view except
``current_breach``, which is replaced with it. ``warnings`` and ``alarms`` hold one bit per row of ``assessed_line``.
``standing`` packs the history of the class (see ``assessment/standing.py``), ``prior_standing`` the one before this date, so that
assessing the same date again starts from the same history.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE policy_version (
        policy text NOT NULL, version text NOT NULL, digest text NOT NULL CHECK (length(digest) = 64),
        effective_from date NOT NULL, content text NOT NULL, first_used_at timestamptz NOT NULL,
        PRIMARY KEY (policy, version))""",
    """CREATE TABLE assessment_head (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), as_of date NOT NULL, run_id bigint NOT NULL,
        policy_version text NOT NULL, policy_digest text NOT NULL, result_digest text NOT NULL, customers bigint NOT NULL,
        written_at timestamptz NOT NULL)""",
    """CREATE TABLE assessed_line (
        position smallint PRIMARY KEY CHECK (position BETWEEN 0 AND 62), indicator_id text NOT NULL UNIQUE,
        warning float8 NOT NULL, alarm float8 NOT NULL)""",
    """CREATE TABLE current_assessment (
        customer_key bigint PRIMARY KEY, run_id bigint NOT NULL, as_of date NOT NULL,
        risk_class smallint NOT NULL CHECK (risk_class BETWEEN 0 AND 5), previous_class smallint, class_since date NOT NULL,
        index_points real NOT NULL, payment_points real NOT NULL, financial_points real NOT NULL,
        transaction_points real NOT NULL, industry_points real NOT NULL, compliance_points real NOT NULL,
        relationship_points real NOT NULL, rule_code smallint NOT NULL,
        data_state smallint NOT NULL CHECK (data_state BETWEEN 0 AND 2),
        index_class smallint NOT NULL, floor_class smallint NOT NULL, flags integer NOT NULL,
        warnings bigint NOT NULL, alarms bigint NOT NULL, standing bigint NOT NULL, prior_standing bigint NOT NULL,
        confirmed bigint NOT NULL, prior_confirmed bigint NOT NULL,
        exposure float8 NOT NULL, overdue float8 NOT NULL, limit_amount float8,
        f1 real, f2 real, f3 real, f4 real, f5 real, f6 real, f7 real, f8 real, f9 real, f10 real,
        p1 real, p2 real, p3 real, p4 real, p5 real, p6 real, p7 real, p8 real, p9 real, p10 real,
        t1 real, t2 real, t3 real, t4 real, t5 real, t6 real, e4 real, e5 real, c1 real, m5 real)""",
    """CREATE VIEW current_breach AS
        SELECT found.customer_key, found.indicator_id, found.severity,
            CAST(CASE found.indicator_id
                WHEN 'F1' THEN found.f1 WHEN 'F2' THEN found.f2 WHEN 'F3' THEN found.f3 WHEN 'F4' THEN found.f4
                WHEN 'F5' THEN found.f5 WHEN 'F6' THEN found.f6 WHEN 'F7' THEN found.f7 WHEN 'F8' THEN found.f8
                WHEN 'F9' THEN found.f9 WHEN 'F10' THEN found.f10 WHEN 'P1' THEN found.p1 WHEN 'P2' THEN found.p2
                WHEN 'P3' THEN found.p3 WHEN 'P4' THEN found.p4 WHEN 'P5' THEN found.p5 WHEN 'P6' THEN found.p6
                WHEN 'P7' THEN found.p7 WHEN 'P8' THEN found.p8 WHEN 'P9' THEN found.p9 WHEN 'P10' THEN found.p10
                WHEN 'T1' THEN found.t1 WHEN 'T2' THEN found.t2 WHEN 'T3' THEN found.t3 WHEN 'T4' THEN found.t4
                WHEN 'T5' THEN found.t5 WHEN 'T6' THEN found.t6 WHEN 'E4' THEN found.e4 WHEN 'E5' THEN found.e5
                WHEN 'C1' THEN found.c1 WHEN 'M5' THEN found.m5 END AS float8) AS value,
            CASE WHEN found.severity = 2 THEN found.alarm ELSE found.warning END AS line
        FROM (
            SELECT judged.*, lines.indicator_id, lines.warning, lines.alarm,
                CAST(CASE WHEN (judged.alarms >> lines.position) & 1 = 1 THEN 2 ELSE 1 END AS smallint) AS severity
            FROM current_assessment AS judged
            INNER JOIN assessed_line AS lines ON ((judged.warnings | judged.alarms) >> lines.position) & 1 = 1
        ) AS found""",
    """CREATE TABLE class_change (
        customer_key bigint NOT NULL, as_of date NOT NULL, run_id bigint NOT NULL,
        old_class smallint NOT NULL CHECK (old_class BETWEEN 0 AND 5),
        new_class smallint NOT NULL CHECK (new_class BETWEEN 0 AND 5), rule_code smallint NOT NULL,
        PRIMARY KEY (customer_key, as_of), CHECK (old_class <> new_class))""",
    "CREATE INDEX class_change_day ON class_change (as_of)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
