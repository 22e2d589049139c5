"""Customers are found by a part of their name, in any script, and listed in each of their orders, by an index.

``name_grams`` cuts a name into overlapping pieces: two characters of a script that writes no spaces, three of any other. A name contains a
text only if it has all its whole pieces, so an index of pieces finds candidates that the comparison itself then confirms.

Tokens of programs are kept as hashes, each with the login it stands for. What a program asked for under a key of its own is answered once;
how often somebody asks is counted by the minute, where every process of the console sees it.
"""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """CREATE OR REPLACE FUNCTION subjects_of(wanted bigint) RETURNS TABLE (subject_type text, subject_id text) LANGUAGE sql STABLE AS $$
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
        UNION ALL
        SELECT 'measure', CAST(measure.measure_id AS text) FROM measure WHERE measure.customer_key = wanted
    $$""",
    """CREATE FUNCTION name_grams(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
        DECLARE
            letters text[] := string_to_array(lower(name), NULL);
            last integer := coalesce(cardinality(letters), 0);
            found text[] := '{}';
        BEGIN
            FOR place IN 1..last - 1 LOOP
                IF ascii(letters[place]) >= 3584 THEN
                    found := found || (letters[place] || letters[place + 1]);
                ELSIF place < last - 1 THEN
                    found := found || (letters[place] || letters[place + 1] || letters[place + 2]);
                END IF;
            END LOOP;
            RETURN found;
        END $$""",
    "CREATE INDEX customer_name_grams ON customer USING gin (name_grams(name))",
    "CREATE INDEX customer_name_order ON customer (coalesce(name, ''), customer_key DESC)",
    "CREATE INDEX current_assessment_exposure ON current_assessment (exposure, customer_key)",
    "CREATE INDEX current_assessment_index ON current_assessment (index_points, customer_key)",
    """CREATE TABLE console_token (
        token_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id text NOT NULL, name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
        sha256 text NOT NULL UNIQUE CHECK (length(sha256) = 64), writes boolean NOT NULL, created_by text NOT NULL,
        created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, revoked_by text, revoked_at timestamptz,
        CHECK (expires_at > created_at), CHECK ((revoked_by IS NULL) = (revoked_at IS NULL)))""",
    """CREATE TABLE console_answer (
        user_id text NOT NULL, key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200), request text NOT NULL, status integer,
        body text, at timestamptz NOT NULL, PRIMARY KEY (user_id, key))""",
    """CREATE UNLOGGED TABLE console_rate (
        subject text NOT NULL, minute timestamptz NOT NULL, requests integer NOT NULL, PRIMARY KEY (subject, minute))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
