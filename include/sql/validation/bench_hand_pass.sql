-- Purpose: the invoice rules of the shipped policy written by hand in one pass: what the rules are measured against.
-- Parameters: none. Grain: one row. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    count(*) AS rule_1,
    count_if(invoice_id IS NULL) AS rule_2,
    count_if(customer_id IS NULL) AS rule_3,
    count_if(doc_type IS NULL) AS rule_4,
    count_if(issue_date IS NULL) AS rule_5,
    count_if(due_date IS NULL) AS rule_6,
    count_if(currency IS NULL) AS rule_7,
    count_if(amount IS NULL) AS rule_8,
    count_if(length(invoice_id) NOT BETWEEN 1 AND 64) AS rule_9,
    count_if(length(customer_id) NOT BETWEEN 1 AND 64) AS rule_10,
    count_if(length(invoice_no) > 128) AS rule_11,
    count_if(doc_type NOT IN ('invoice', 'credit_note', 'debit_note', 'down_payment', 'other')) AS rule_12,
    count_if(status NOT IN ('open', 'partial', 'cleared', 'written_off', 'reversed')) AS rule_13,
    count_if(NOT regexp_matches(currency, '^[A-Z]{3}$')) AS rule_14,
    count_if(amount NOT BETWEEN -1e12 AND 1e12) AS rule_15,
    count_if(open_amount NOT BETWEEN -1e12 AND 1e12) AS rule_16,
    count_if(issue_date NOT BETWEEN DATE '1990-01-01' AND DATE '2100-01-01') AS rule_17,
    count_if(due_date NOT BETWEEN DATE '1990-01-01' AND DATE '2100-01-01') AS rule_18,
    count_if(cleared_date NOT BETWEEN DATE '1990-01-01' AND DATE '2100-01-01') AS rule_19,
    count_if(due_date < issue_date) AS rule_20,
    count_if(cleared_date < issue_date) AS rule_21,
    count_if(dunning_level NOT BETWEEN 0 AND 9) AS rule_22,
    count_if(status IS NULL) AS rule_23,
    count_if(open_amount IS NULL) AS rule_24,
    count(DISTINCT currency) AS rule_25
FROM staged_invoices;
