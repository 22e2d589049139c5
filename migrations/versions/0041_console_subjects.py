"""What the log and messages say about one customer is found in one place: the customer, and everything that hangs on it."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE FUNCTION subjects_of(wanted bigint) RETURNS TABLE (subject_type text, subject_id text) LANGUAGE sql STABLE AS $$
        SELECT 'customer', CAST(wanted AS text)
        UNION ALL
        SELECT 'customer', customer.customer_id FROM customer WHERE customer.customer_key = wanted
        UNION ALL
        SELECT 'review', CAST(review.review_id AS text) FROM review WHERE review.customer_key = wanted
        UNION ALL
        SELECT 'activation', CAST(activation.activation_id AS text) FROM activation WHERE activation.customer_key = wanted
        UNION ALL
        SELECT 'step', CAST(step.step_key AS text)
        FROM step INNER JOIN activation ON step.activation_id = activation.activation_id WHERE activation.customer_key = wanted
        UNION ALL
        SELECT 'signal', CAST(signal.signal_id AS text) FROM signal WHERE signal.customer_key = wanted
        UNION ALL
        SELECT 'opinion', CAST(opinion.opinion_id AS text) FROM opinion WHERE opinion.customer_key = wanted
    $$""",
    "CREATE INDEX signal_of_customer ON signal (customer_key, signal_id)",
    "CREATE INDEX activation_of_customer ON activation (customer_key)",
    "CREATE INDEX opinion_of_customer ON opinion (customer_key)",
    "CREATE INDEX outbox_event_subject ON outbox_event (subject_type, subject_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
