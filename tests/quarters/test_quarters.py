"""Quarters of a company, played with a seed: nothing is forgotten, doubled or done by the wrong person, whatever people and passes do.

``make quarters`` plays all 28; ``RISKREVIEW_QUARTERS`` and ``RISKREVIEW_SEED`` set how many and which course of events.
"""

import os

import pytest
from tests.notifications.conftest import mail_server  # noqa: F401  a fixture
from tests.notifications.loopback import MailServer
from tests.quarters.driver import Quarters

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services

pytestmark = [pytest.mark.database, pytest.mark.deep]
CHANNELS = """
channels:
  mail:
    kind: mail
    url: "mailto://127.0.0.1:PORT?from=risk@demo.example&name=riskreview&to={address}"
    allow_loopback: true
    rate_per_minute: 6000
    singles: 3
delivery:
  backoff_minutes: [1, 5, 15, 60, 240, 720, 10080, 10080, 10080]
"""


def test_no_invariant_breaks_in_any_quarter(services: Services, clock: FixedClock, mail_server: MailServer) -> None:  # noqa: F811  a fixture
    path = services.instance.home / "policies" / "channels.yaml"
    path.write_text(CHANNELS.replace("PORT", str(mail_server.port)), encoding="utf-8")
    quarters, seed = int(os.environ.get("RISKREVIEW_QUARTERS", "1")), int(os.environ.get("RISKREVIEW_SEED", "28"))
    played = Quarters(services, clock, mail_server, seed)
    played.play(quarters)
    print(f"seed {seed}: {dict(sorted(played.did.items()))}")  # noqa: T201  shown with pytest -s, and when it fails
    assert played.did["approve"] > 0
    assert played.did["signed"] > 0
    assert played.did["implement"] > 0
