"""Who belongs together: relations between customers and others, control, groups with their numbers, guarantors."""
