"""Owns the transition tables of an erasure and of a legal hold."""

from riskreview.mechanisms.lifecycle import Lifecycle, Transition

KEEPERS = ("compliance", "legal")
"""Who proposes, decides and holds."""

ERASURE = Lifecycle("erasure", "erasure", "erasure_id", "proposed", (
    Transition("erase", ("proposed",), "erased", KEEPERS, "erasure:erased", approves=True),
    Transition("withdraw", ("proposed",), "withdrawn", KEEPERS, "erasure:withdrawn"),
))  # fmt: skip

HOLD = Lifecycle("legal_hold", "legal_hold", "hold_id", "held", (
    Transition("release", ("held",), "released", KEEPERS, "legal_hold:released"),
))  # fmt: skip
