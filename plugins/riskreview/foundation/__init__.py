"""What every room stands on: instance, database, errors, clock. Knows no risk."""
