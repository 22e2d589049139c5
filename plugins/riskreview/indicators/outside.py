"""Owns which kinds of record from outside are delivered at all: who tells of suits has not looked at sanctions."""

from riskreview.facts.reading import FactReader

DATASET = "external_signals"
SANCTIONS, MEDIA, REGISTER = "outside:sanction", "outside:news", "outside:registry_change"
ADVERSE = frozenset({"outside:litigation", "outside:tax_arrears", "outside:dishonest_debtor", "outside:credit_bureau"})
"""Stand among the delivered data sets where a record of the kind was ever delivered, about whomever."""


def told_kinds(facts: FactReader) -> frozenset[str]:
    """Return a mark for each kind of record that was ever delivered."""
    if DATASET not in facts.delivered:
        return frozenset()
    return frozenset(f"outside:{kind}" for kind in facts.told(DATASET, "signal_type"))
