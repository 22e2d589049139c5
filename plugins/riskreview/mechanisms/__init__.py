"""The mechanisms every room shares, each written once: lifecycle, outbox, duty, runs, staffing."""
