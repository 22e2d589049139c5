"""Every layer of an assessment, and until when it may be relied on.

Whoever reads a class asks ``read_class``: what is out of date is ``unknown``. Whoever acts on a class asks ``acting_class``: what is out
of date is never milder than it was, so only ``low`` becomes ``unknown``.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    """ALTER TABLE current_assessment
        ADD COLUMN model_class smallint NOT NULL DEFAULT 0, ADD COLUMN model_grade smallint NOT NULL DEFAULT 0,
        ADD COLUMN model_pd real, ADD COLUMN challenger_class smallint NOT NULL DEFAULT 0,
        ADD COLUMN floor_code smallint NOT NULL DEFAULT 0, ADD COLUMN group_cap smallint NOT NULL DEFAULT 0,
        ADD COLUMN evaluated_class smallint NOT NULL DEFAULT 0, ADD COLUMN valid_until date""",
    "UPDATE current_assessment SET valid_until = as_of, evaluated_class = risk_class",
    """ALTER TABLE current_assessment ALTER COLUMN valid_until SET NOT NULL,
        ADD CONSTRAINT assessment_layers_are_classes CHECK (
            model_class BETWEEN 0 AND 5 AND challenger_class BETWEEN 0 AND 5 AND group_cap BETWEEN 0 AND 5
            AND evaluated_class BETWEEN 0 AND 5 AND (model_pd IS NULL OR model_pd BETWEEN 0 AND 1))""",
    "ALTER TABLE assessment_head ADD COLUMN model_version text, ADD COLUMN model_digest text",
    """CREATE FUNCTION read_class(risk_class smallint, valid_until date, on_day date) RETURNS smallint
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN CASE WHEN valid_until < on_day THEN CAST(0 AS smallint) ELSE risk_class END""",
    """CREATE FUNCTION acting_class(risk_class smallint, valid_until date, on_day date) RETURNS smallint
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN CASE WHEN valid_until < on_day AND risk_class < 2 THEN CAST(0 AS smallint) ELSE risk_class END""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
