"""Owns how the metrics are written: the text format of Prometheus, which OpenMetrics collectors and textfile collectors read too."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from riskreview.metrics.families import FAMILIES, PREFIX, Family
from riskreview.metrics.reading import Sample

CONTENT_TYPE = CONTENT_TYPE_LATEST


class _Read(Collector):
    """Hands samples to the library, family by family."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for family in FAMILIES:
            yield _gauge(family, (item for item in self._samples if item.family.name == family.name))


def exposition(samples: Sequence[Sample]) -> bytes:
    """Return the metrics as text; one without a sample still says what it means."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Read(samples))
    return generate_latest(registry)


def write_file(path: Path, samples: Sequence[Sample]) -> None:
    """Write the metrics for a textfile collector; it sees the old file or the new one, never a part."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(exposition(samples))
    temporary = Path(name)
    temporary.chmod(0o644)  # the collector is another user; nothing in it is secret
    temporary.replace(path)


def _gauge(family: Family, samples: Iterable[Sample]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(PREFIX + family.name, family.meaning, labels=family.labels)
    for item in samples:
        gauge.add_metric(item.labels, item.value)
    return gauge
