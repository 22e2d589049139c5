"""Customers are found by the class that is shown: the index of classes ends in the day until which a class holds.

The list passes over what is out of date, or over everything else, by reading the index alone.
"""

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    "DROP INDEX IF EXISTS current_assessment_order",
    "CREATE INDEX current_assessment_order ON current_assessment (risk_class, exposure, customer_key, valid_until)",
    """CREATE OR REPLACE FUNCTION order_current_assessment() RETURNS void LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public, pg_temp SET maintenance_work_mem = '256MB' AS $$
        BEGIN
            CREATE INDEX IF NOT EXISTS current_assessment_order ON current_assessment (risk_class, exposure, customer_key, valid_until);
            CREATE INDEX IF NOT EXISTS current_assessment_exposure ON current_assessment (exposure, customer_key);
            CREATE INDEX IF NOT EXISTS current_assessment_index ON current_assessment (index_points, customer_key);
        END $$""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
