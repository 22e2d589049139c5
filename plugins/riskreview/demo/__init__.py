"""The demo portfolio: an invented company's extracts with planted cases, and the comparison of what was found with what was planted."""
