"""Owns setting up the demo's instance: settings, mappings, people, channels, what is written back, extracts."""

import json
import shutil
from datetime import date
from pathlib import Path

from riskreview.demo.generator import GeneratedPortfolio, generate
from riskreview.foundation.instance import PACKAGED, Instance, create_instance

EXPECTED = "expected_outcomes.json"
_MARK = "demo.json"
_CHANNELS = """\
# The demo's only channel: its own mail server on this machine. No message leaves it.
channels:
  mail:
    kind: mail
    url: "mailto://127.0.0.1:{port}?mode=insecure&from=riskreview@example.com&to={{address}}"
    allow_loopback: true
    rate_per_minute: 6000
    digest_minutes: 0
delivery:
  backoff_minutes: [0.05, 0.2, 1, 5]
  alarm_role: it
"""


def prepare_demo(home: Path, *, customers: int, seed: int, as_of: date, smtp_port: int) -> GeneratedPortfolio:
    """Create the instance and fill its inbox; the expected outcomes are written to ``<home>/expected_outcomes.json``.

    Safe to repeat: the same portfolio is not generated twice, an interrupted one is generated again. The port may change.

    :raises ValueError: when there are too few customers for the planted cases.
    """
    instance = create_instance(home)
    _configure(instance, smtp_port)
    wanted = {"customers": customers, "seed": seed, "as_of": as_of.isoformat()}
    mark = instance.home / _MARK
    written = json.loads(mark.read_text(encoding="utf-8")) if mark.exists() else {}
    if written.get("arguments") == wanted:
        return GeneratedPortfolio(customers, written["rows"], written["planted"])
    portfolio = _generate_aside(instance, customers=customers, seed=seed, as_of=as_of)
    content = {"arguments": wanted, "rows": dict(portfolio.rows), "planted": portfolio.planted}
    mark.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return portfolio


def _configure(instance: Instance, smtp_port: int) -> None:
    for path in sorted((PACKAGED / "mappings" / "demo").glob("*.yaml")):
        shutil.copyfile(path, instance.home / "mappings" / path.name)
    policies = instance.home / "policies"
    for name in ("team.yaml", "crm.yaml"):
        shutil.copyfile(Path(__file__).with_name(name), policies / name)
    (policies / "channels.yaml").write_text(_CHANNELS.format(port=smtp_port), encoding="utf-8")


def _generate_aside(instance: Instance, *, customers: int, seed: int, as_of: date) -> GeneratedPortfolio:
    """Generate beside the inbox and move the deliveries in, so that a feed never sees half a file."""
    aside = instance.home / "generated"
    shutil.rmtree(aside, ignore_errors=True)
    portfolio = generate(
        target=aside, expected_path=instance.home / EXPECTED, customers=customers, seed=seed, as_of=as_of
    )
    for delivery in sorted(aside.iterdir()):
        arrived = Path(instance.inbox) / delivery.name
        shutil.rmtree(arrived, ignore_errors=True)
        delivery.rename(arrived)
    aside.rmdir()
    return portfolio
