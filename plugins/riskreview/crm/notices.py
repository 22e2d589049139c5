"""Owns taking notices of the CRMs: a notice is a hint; its records are read from the CRM and become events like any other, each once.

Zoho sends them by itself; in Fxiaoke a function of the tenant sends the same few keys.
"""

import hmac
import json
from collections.abc import Iterator
from typing import Any

from riskreview.crm import mapping_check
from riskreview.crm.channels import channel_id, channel_token
from riskreview.crm.connections import ZohoConnection
from riskreview.crm.extract import newest, told
from riskreview.crm.opening import OpenCrm, open_crm
from riskreview.crm.reading import Described, Walk
from riskreview.crm.records import Record, whole_page
from riskreview.crm.use_cases import Network
from riskreview.crm.zoho_client import parsed
from riskreview.events.payload import JSON_TYPE
from riskreview.events.receiving import Message, event_mapping, receive
from riskreview.foundation.errors import BadInput, RuleViolation
from riskreview.foundation.services import Services
from riskreview.policy.crm_policy import Watch, load_crm_policy
from riskreview.policy.mapping import Mapping

MOST_IDS, LONGEST_ID = 200, 64
NOBODY = "0" * 40
"""Compared with where no channel has the number, so that an answer takes as long."""


def take_notice(services: Services, network: Network, connection: str, body: bytes) -> int:
    """Read the records a notice names and hand them to the queue of events; returns how many were new.

    What is deleted is found by polling.

    :raises RuleViolation: for a notice without the token of its channel. :raises BadInput: for one that cannot be read.
    """
    document = parsed(body)
    given = document if isinstance(document, dict) else {}
    watch = _watch(services, network, connection, given)
    ids = [str(item) for item in given.get("ids") or ()]
    is_id = str.isdigit if isinstance(network.find(connection), ZohoConnection) else str.isalnum
    if len(ids) > MOST_IDS or not all(item.isascii() and len(item) <= LONGEST_ID and is_id(item) for item in ids):
        raise BadInput("E-JSON", "the notice names no record numbers", "Send ids as the CRM writes them", connection)
    mapping = event_mapping(services.instance, watch.source)
    with open_crm(services, connection, network.find, transport=network.transport, timer=network.timer) as crm:
        records = newest(_records(crm, watch, mapping, ids))
    return sum(_received(services, watch, item) for item in records.values())


def _watch(services: Services, network: Network, connection: str, given: dict[str, Any]) -> Watch:  # JSON has any shape
    """Return the watch whose channel and token the notice brings."""
    watches = [item for item in load_crm_policy(services.instance).watches if item.connection == connection]
    watch = next((item for item in watches if channel_id(item) == str(given.get("channel_id"))), None)
    settings = network.find(connection) if watch is not None else None
    wanted = channel_token(watch, settings) if watch is not None and settings is not None else NOBODY
    is_ours = hmac.compare_digest(str(given.get("token", "")).encode(), wanted.encode())
    if watch is None or not is_ours or wanted == NOBODY:
        raise RuleViolation("the notice does not bring the token of a channel of ours")
    return watch


def _records(crm: OpenCrm, watch: Watch, mapping: Mapping, ids: list[str]) -> Iterator[Record]:
    described: Described = crm.reader.describe(watch.object)
    problems = mapping_check.problems(mapping, described.fields)
    if problems:
        raise problems[0]
    paths = mapping_check.paths(mapping)
    walk = Walk(watch.object, mapping_check.top_fields(mapping), crm.reader.server_time(), paths=paths)
    for page in crm.reader.some(walk, ids):
        yield from (told(record, paths) for record in whole_page(page, described.fields, crm.time_zone))


def _received(services: Services, watch: Watch, record: Record) -> bool:
    """Hand one record over; the same change told twice is one event."""
    key = f"{watch.object}:{record.record_id}:{int(record.modified * 1000)}"
    body = json.dumps(dict(record.values), ensure_ascii=False, sort_keys=True).encode()
    return not receive(services, Message(watch.source, key, body, JSON_TYPE, "webhook")).repeated
