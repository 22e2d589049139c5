"""The assessment is made current by functions of the tables' owner, so that the role which judges need not own what it replaces."""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

FUNCTIONS = {
    "grant_as_before": "old text, new text",
    "begin_next_assessment": "",
    "index_next_assessment": "",
    "swap_next_assessment": "",
    "order_current_assessment": "",
}
STATEMENTS = (
    """CREATE FUNCTION grant_as_before(old text, new text) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            given record;
        BEGIN
            FOR given IN SELECT CAST(held.grantee AS regrole) AS name, held.privilege_type AS may
                FROM pg_class AS c, aclexplode(c.relacl) AS held
                WHERE c.oid = CAST(old AS regclass) AND held.grantee <> c.relowner AND held.grantee <> 0 LOOP
                EXECUTE format('GRANT %s ON %I TO %s', given.may, new, given.name);
            END LOOP;
        END $$""",
    """CREATE FUNCTION begin_next_assessment() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            CREATE TABLE current_assessment_next (LIKE current_assessment INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
            PERFORM grant_as_before('current_assessment', 'current_assessment_next');
        END $$""",
    """CREATE FUNCTION index_next_assessment() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            ALTER TABLE current_assessment_next ADD CONSTRAINT current_assessment_next_pkey PRIMARY KEY (customer_key);
        END $$""",
    """CREATE FUNCTION swap_next_assessment() RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            definition text := pg_get_viewdef('current_breach');
        BEGIN
            ALTER VIEW current_breach RENAME TO replaced_breach;
            ALTER TABLE current_assessment RENAME TO replaced_assessment;
            ALTER INDEX current_assessment_pkey RENAME TO replaced_assessment_pkey;
            ALTER TABLE current_assessment_next RENAME TO current_assessment;
            ALTER INDEX current_assessment_next_pkey RENAME TO current_assessment_pkey;
            EXECUTE 'CREATE VIEW current_breach AS ' || definition;
            PERFORM grant_as_before('replaced_breach', 'current_breach');
            DROP VIEW replaced_breach;
            DROP TABLE replaced_assessment;
        END $$""",
    """CREATE FUNCTION order_current_assessment() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            CREATE INDEX IF NOT EXISTS current_assessment_order ON current_assessment (risk_class, exposure, customer_key);
            CREATE INDEX IF NOT EXISTS current_assessment_exposure ON current_assessment (exposure, customer_key);
            CREATE INDEX IF NOT EXISTS current_assessment_index ON current_assessment (index_points, customer_key);
        END $$""",
    *(
        f"ALTER FUNCTION {name}({taken}) SECURITY DEFINER SET search_path = public, pg_temp SET maintenance_work_mem = '256MB'"
        for name, taken in FUNCTIONS.items()
    ),
    *(f"REVOKE ALL ON FUNCTION {name}({taken}) FROM PUBLIC" for name, taken in FUNCTIONS.items()),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
