"""Tells people what happened and what they must do: outbox to digest to channel to ledger, and acknowledgements back."""
