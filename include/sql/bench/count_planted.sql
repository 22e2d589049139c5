-- Purpose: count the pairs of accounts made up as one that are proposed. Parameters: first, second (arrays of places, pair by pair).
-- Grain: one row. Dialect: PostgreSQL.
SELECT count(*) AS proposed
FROM unnest(cast(:first AS bigint []), cast(:second AS bigint [])) AS planted (one, other)
INNER JOIN identity_proposal AS proposal
    ON proposal.first_account = planted.one * 256 AND proposal.second_account = planted.other * 256;
