"""Sources of the tests: a customer list as a file, and three sources that take events."""

from pathlib import Path

from riskreview.foundation.services import Services

CUSTOMERS = """
source: erp_customers
system: erp
stage: finance
title: {en: "Customers", zh: "客户"}
read: {path: "erp_customers_*.csv"}
delivery: {kind: snapshot, as_of: {from_name: "_(\\\\d{8})"}, every_days: 1, breaker: {min_ratio: 0, max_ratio: 1000}}
datasets:
  customers: {columns: {customer_id: code, name: name}}
"""
EVENTS = """
source: NAME
system: erp
stage: finance
title: {en: "Events", zh: "事件"}
read: {events: true}
delivery: {as_of: AS_OF}
EXTRA
datasets:
  external_signals:
    columns: {signal_id: id, customer_id: client, signal_type: type, provider: {constant: bureau}, observed_on: day, severity: weight}
"""


def event_source(services: Services, name: str = "bureau", *, as_of: str = "{received: true}", extra: str = "") -> None:
    """Give the instance a source that takes events about outside signals."""
    text = EVENTS.replace("NAME", name).replace("AS_OF", as_of).replace("EXTRA", extra)
    (services.instance.home / "mappings" / f"{name}.yaml").write_text(text, encoding="utf-8")


def customer_file(services: Services, *codes: str, day: str = "20260630") -> None:
    """Put a list of customers into the inbox, and its mapping into the instance."""
    (services.instance.home / "mappings" / "erp_customers.yaml").write_text(CUSTOMERS, encoding="utf-8")
    lines = ["code,name", *(f"{code},Customer {code}" for code in codes)]
    (Path(services.instance.inbox) / f"erp_customers_{day}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
