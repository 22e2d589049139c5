"""Speaks with the CRM systems where sales works: reads what they know, writes back class, limits and duties, and imitates them for tests."""
