"""The standing invariants: what must hold of the whole, whatever happened, and who hears when it does not."""
