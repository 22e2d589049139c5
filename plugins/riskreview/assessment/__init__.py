"""From indicators to a risk class: points, index, hard rules, hysteresis, and the reasons for all of it."""
