"""The gate that every change of policy passes: checked, compared, tried on the past, approved by two people, in force from a date."""
