"""Owns notification channels of Zoho: which ones we want, the token by which a notice is known to be ours, renewed before they end."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from riskreview.crm.calling import Ask
from riskreview.crm.connections import CrmConnection, ZohoConnection
from riskreview.crm.opening import open_crm
from riskreview.crm.use_cases import Network
from riskreview.crm.zoho_client import ZohoClient
from riskreview.foundation.services import Services
from riskreview.policy.crm_policy import Watch, load_crm_policy

LOG = structlog.get_logger("riskreview.crm")
LIFE, RENEWED_BEFORE = timedelta(days=6), timedelta(days=2)
"""A channel lives a week at most; one with less than two days left is renewed, so that a day without us loses none."""
PATH = "/crm/v8/actions/watch"


@dataclass(frozen=True, slots=True)
class Channels:
    """What looking after the channels came to."""

    kept: int = 0
    renewed: int = 0


def renew_channels(services: Services, network: Network) -> Channels:
    """Open the channels of the policy that are missing, and give those another end whose end is near.

    :raises CrmUnavailable: and its kin, where Zoho does not answer; polling covers the gap.
    """
    kept = renewed = 0
    for watch in load_crm_policy(services.instance).watches:
        connection = network.find(watch.connection)
        if not isinstance(connection, ZohoConnection):
            continue
        with open_crm(
            services, watch.connection, network.find, transport=network.transport, timer=network.timer
        ) as crm:
            crm.reader.describe(watch.object)
            now = crm.reader.server_time()
            if isinstance(crm.client, ZohoClient) and _ends(crm.client, watch) < now + RENEWED_BEFORE:
                _open(crm.client, watch, connection, now + LIFE)
                renewed += 1
            else:
                kept += 1
    return Channels(kept, renewed)


def channel_id(watch: Watch) -> str:
    """Return the number of a watch's channel, the same for ever."""
    digest = hashlib.sha256(f"{watch.connection}.{watch.object}.{watch.source}".encode()).hexdigest()
    return f"1{int(digest[:12], 16) % 10**12:012d}"


def channel_token(watch: Watch, connection: CrmConnection) -> str:
    """Return what a notice of the channel must bring: nobody without the connection's secret can make it up."""
    said = f"crm channel {channel_id(watch)}".encode()
    return hmac.new(connection.secret.encode(), said, hashlib.sha256).hexdigest()[:40]


def _ends(client: ZohoClient, watch: Watch) -> datetime:
    found: list[dict[str, Any]] = (client.get(PATH).document or {}).get("watch") or []  # JSON has any shape
    ends = [datetime.fromisoformat(item["channel_expiry"]) for item in found
            if str(item.get("channel_id")) == channel_id(watch) and item.get("notify_url") == watch.notify_url]  # fmt: skip
    return max(ends, default=datetime.fromisoformat("2000-01-01T00:00:00+00:00"))


def _open(client: ZohoClient, watch: Watch, connection: ZohoConnection, until: datetime) -> None:
    events = [f"{watch.object}.{what}" for what in ("create", "edit")]
    asked = {"channel_id": channel_id(watch), "events": events, "channel_expiry": until.isoformat(timespec="seconds"),
             "token": channel_token(watch, connection), "notify_url": watch.notify_url}  # fmt: skip
    client.call(Ask("POST", PATH, body={"watch": [asked]}))
    LOG.info("crm_channel_renewed", connection=watch.connection, object=watch.object, until=until.isoformat())
