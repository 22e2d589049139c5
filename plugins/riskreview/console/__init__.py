"""The console: pages on which risk owners, approvers, engineers, compliance, auditors and administrators see and decide."""
