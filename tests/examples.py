"""Owns how many examples a property is tried on: few where each costs much, as many as are asked for where somebody asks."""

import os

DRAWN = os.environ.get("RISKREVIEW_EXAMPLES")
"""How many new examples are drawn of each property; without it the same few are tried every time."""


def few(examples: int) -> int:
    """Return how many examples to try of a property."""
    return int(DRAWN or examples)
