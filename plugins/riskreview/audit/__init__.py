"""The append-only event log: who changed what, when and because of what."""
