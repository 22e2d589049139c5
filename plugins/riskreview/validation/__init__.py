"""Judges staged rows: contract, breaker, Great Expectations, quarantine. Never changes a value; publishes nothing."""
