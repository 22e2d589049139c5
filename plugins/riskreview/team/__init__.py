"""The people: what they must have learnt before they may approve, and how much each of them has to do."""
