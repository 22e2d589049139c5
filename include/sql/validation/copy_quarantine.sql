-- Purpose: load refused rows in bulk. Parameters: none, rows on the wire. Grain: one refused row. Dialect: PostgreSQL.
COPY quarantine_copy FROM STDIN WITH (FORMAT csv, NULL '\N');
