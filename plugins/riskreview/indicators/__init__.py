"""The indicators room: one row of figures per customer from the facts of a date."""
