"""Owns the assets that link the DAGs: what one stage leaves behind and the next one waits for."""

from airflow.sdk import Asset

FACTS = Asset(name="riskreview_facts", uri="x-riskreview://facts", group="riskreview")
"""Dated statements about customers, as published by an ingest."""
RISK_CLASSES = Asset(name="riskreview_risk_classes", uri="x-riskreview://risk-classes", group="riskreview")
"""The class of every customer."""
SIGNALS = Asset(name="riskreview_signals", uri="x-riskreview://signals", group="riskreview")
"""Open findings: warning and alarm lines that were crossed."""
DUTIES = Asset(name="riskreview_duties", uri="x-riskreview://duties", group="riskreview")
"""Opened reviews and activated steps, and the messages about them."""

AS_OF = "as_of"
"""Key of the business date in an asset event's extra; it travels down the chain."""
