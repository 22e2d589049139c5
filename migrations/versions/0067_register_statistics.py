"""What a first load writes is read by the planner at once: it would take the tables for empty until the server's own count, minutes later.

Only a table's owner may count it before PostgreSQL 17, hence a function with the owner's rights.
"""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE FUNCTION refresh_register_statistics() RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            grown record;
        BEGIN
            FOR grown IN SELECT relname FROM pg_class
                WHERE oid IN (CAST('account' AS regclass), CAST('customer' AS regclass))
                    AND pg_relation_size(oid) / CAST(current_setting('block_size') AS integer) > 4 + 1.2 * relpages LOOP
                EXECUTE format('ANALYZE %I', grown.relname);
            END LOOP;
        END $$""",
    "ALTER FUNCTION refresh_register_statistics() SECURITY DEFINER SET search_path = public, pg_temp",
    "REVOKE ALL ON FUNCTION refresh_register_statistics() FROM PUBLIC",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
