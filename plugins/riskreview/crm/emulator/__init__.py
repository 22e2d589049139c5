"""Imitates the CRMs for tests, rehearsals and the demo: real HTTP, their limits and errors, and faults on request."""
