"""Reads and checks everything a person may set: policy, playbooks, team, mappings, calendars, and the canonical datasets."""
