"""What the portfolio as a whole looks like: receivables and how they turn over, expected loss, migration, and who was not assessed."""
