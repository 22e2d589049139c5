"""Owns the assets that link the DAGs: what one stage leaves behind and the next one waits for."""

from airflow.sdk import Asset, AssetWatcher

from riskreview.orchestration.waiting import EventsWaiting

FACTS = Asset(name="riskreview_facts", uri="x-riskreview://facts", group="riskreview")
"""Dated statements about customers, as published by an ingest."""
RISK_CLASSES = Asset(name="riskreview_risk_classes", uri="x-riskreview://risk-classes", group="riskreview")
"""The class of every customer."""
SIGNALS = Asset(name="riskreview_signals", uri="x-riskreview://signals", group="riskreview")
"""Open findings: warning and alarm lines that were crossed."""
DUTIES = Asset(name="riskreview_duties", uri="x-riskreview://duties", group="riskreview")
"""Opened reviews and activated steps, and the messages about them."""
EVENTS = Asset(
    name="riskreview_events", uri="x-riskreview://events", group="riskreview",
    watchers=[AssetWatcher(name="waiting", trigger=EventsWaiting())],
)  # fmt: skip
"""Messages about customers and small files that cannot wait for the night; a watcher in the triggerer sees them."""

AS_OF = "as_of"
"""Key of the business date in an asset event's extra; it travels down the chain."""
