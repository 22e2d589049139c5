"""The models room: scorecards and challengers, trained elsewhere, kept as JSON, scored by numpy alone."""
