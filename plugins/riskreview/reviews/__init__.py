"""The duty to re-examine a customer: cadence, frozen pack, recommendation, and a decision by somebody else."""
