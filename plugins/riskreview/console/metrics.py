"""Owns handing the metrics to whoever collects them."""

from riskreview.console.answers import Exposition
from riskreview.console.visit import Visit
from riskreview.metrics.exposition import CONTENT_TYPE, exposition
from riskreview.metrics.reading import read_metrics


def metrics(visit: Visit) -> Exposition:
    """Return the metrics of the business as a collector reads them."""
    return Exposition(exposition(read_metrics(visit.services)), CONTENT_TYPE)
