"""What in the log is about some customers, in one place: erasing takes its texts, verifying tells by it whether a text that is gone was erased."""

from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE FUNCTION personal_subjects(wanted bigint []) RETURNS TABLE (subject_type text, subject_id text) LANGUAGE sql STABLE AS $$
        WITH known AS (SELECT given.customer_key FROM unnest(wanted) AS given (customer_key)),
        known_account AS (SELECT account.account_key FROM account INNER JOIN known ON account.customer_key = known.customer_key)

        SELECT of_customer.subject_type, of_customer.subject_id FROM known, subjects_of(known.customer_key) AS of_customer
        UNION
        SELECT 'account', CAST(known_account.account_key AS text) FROM known_account
        UNION
        SELECT 'identity proposal', CAST(found.proposal_id AS text)
        FROM identity_proposal AS found
        INNER JOIN known_account ON known_account.account_key IN (found.first_account, found.second_account)
        UNION
        SELECT 'screening_match', CAST(found.match_id AS text)
        FROM screening_match AS found INNER JOIN known ON found.customer_key = known.customer_key
        UNION
        SELECT 'cadence', CAST(found.cadence_id AS text)
        FROM review_cadence AS found INNER JOIN known ON found.customer_key = known.customer_key
        UNION
        SELECT 'crm_write', CAST(found.write_id AS text)
        FROM crm_write AS found INNER JOIN known ON found.customer_key = known.customer_key
    $$""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
