"""Owns saying which exchange rates are missing: of which currency, dated until when, and which feed has to bring them."""

from dataclasses import dataclass
from datetime import date

from riskreview.facts.reading import open_facts
from riskreview.facts.results import Pins
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.policy.mapping_checks import load_mapping
from riskreview.validation import people


@dataclass(frozen=True, slots=True)
class MissingRate:
    """A currency whose amounts cannot be converted at a date; ``feeds`` are the sources that deliver rates."""

    currency: str
    reporting_currency: str
    as_of: date
    feeds: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Say what is missing and how to repair it."""
        load = (
            f"deliver it in fx_rates ({', '.join(self.feeds)})" if self.feeds else "add a source that delivers fx_rates"
        )
        return (
            f"No rate of {self.currency} to {self.reporting_currency} dated on or before {self.as_of}: what is owed in "
            f"{self.currency} is unknown; {load}, or correct reporting_currency in settings.yaml."
        )


def missing_rates(
    services: Services, *, pins: Pins, as_of: date, customer_key: int | None = None
) -> tuple[MissingRate, ...]:
    """Return the rates that amounts of one customer, or of any, lack at a date, by currency."""
    statement = sql("facts", "unconverted_currencies")
    found: set[str] = set()
    with open_facts(services, pins=pins, as_of=as_of) as facts:
        for moved in (False, True) if facts.moved_customers.size else (False,):
            facts.show_moved() if moved else facts.show_all()
            rows = facts.database.execute(statement, {"as_of": as_of, "customer_key": customer_key}).fetchall()
            found |= {str(row[0]) for row in rows}
    own, feeds = services.instance.settings.reporting_currency, _rate_feeds(services.instance)
    return tuple(MissingRate(currency, own, as_of, feeds) for currency in sorted(found))


def report_missing_rates(services: Services, *, pins: Pins, as_of: date) -> None:
    """Tell the data engineer of every missing rate, once for each pair of currencies."""
    told = people.audience(services.instance, as_of)
    events = [
        OutboxEvent(f"rate_missing:{item.currency}:{item.reporting_currency}", "rate_missing", "feed", item.currency, "high",
                    told, {"currency": item.currency, "reporting_currency": item.reporting_currency, "day": as_of.isoformat(),
                           "source": ", ".join(item.feeds) or None})
        for item in missing_rates(services, pins=pins, as_of=as_of)
    ]  # fmt: skip
    with services.engine.begin() as connection:
        enqueue(connection, events, at=services.clock.now())


def _rate_feeds(instance: Instance) -> tuple[str, ...]:
    mappings = (load_mapping(path) for path in instance.configuration("mappings"))
    return tuple(sorted(mapping.source for mapping in mappings if "fx_rates" in mapping.datasets))
