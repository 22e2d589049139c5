"""Who among the customers may stand on a list of sanctions: lists, comparison, and the decisions of compliance."""
