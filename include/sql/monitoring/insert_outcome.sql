-- Purpose: keep what a person said a signal was, for the judgement of its rule. Parameters: signal_id, outcome, person, closed_on.
-- Grain: one row per closing; the version is the one that closed it. Dialect: PostgreSQL.
INSERT INTO signal_outcome (signal_id, version, rule_id, severity, value, line, opened_on, closed_on, outcome, person)
SELECT
    signal.signal_id, signal.version, signal.rule_id, signal.severity, signal.value, signal.line, signal.opened_on,
    CAST(:closed_on AS date) AS closed_on, CAST(:outcome AS text) AS outcome, CAST(:person AS text) AS person
FROM signal WHERE signal.signal_id = :signal_id;
