"""What monitoring systems read of the business: feeds, duties, reviews, messages, runs, the event log."""
