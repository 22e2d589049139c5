"""Forgetting a customer: holds that forbid it, two people who do it, and what it removes."""
