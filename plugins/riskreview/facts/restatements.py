"""Owns showing all known versions of financial statements beside the one that counts, so that a restatement can be seen."""

from riskreview.facts import delta_tables
from riskreview.facts.reading import FactReader
from riskreview.facts.results import Pins
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

STATEMENTS = "financial_statements"


def load_statement_versions(services: Services, facts: FactReader, pins: Pins) -> bool:
    """Create view ``statement_versions`` when some statement item has several versions; tell whether there is any."""
    source = facts.sources[STATEMENTS]
    if not source.versioned:
        return False
    stored = delta_tables.source_of(services.instance, STATEMENTS, version=pins.versions[STATEMENTS])
    facts.database.execute(f"CREATE OR REPLACE TEMP VIEW stored_statement AS FROM {stored}")
    facts.database.execute(f"CREATE OR REPLACE TEMP VIEW statement_versions AS {sql('facts', 'statement_versions')}")
    return True
