"""From classes and lines to signals: one open finding per subject and rule, worse at once, better with a margin."""
