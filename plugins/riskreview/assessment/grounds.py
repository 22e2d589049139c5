"""Owns what an assessment rested on beside its facts, kept whole with it, so that it can be judged again exactly as it was."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from riskreview.assessment.freshness import LateData
from riskreview.assessment.standing_before import StoodBefore
from riskreview.facts.results import Pins
from riskreview.foundation.code_version import register_code
from riskreview.foundation.sql import sql
from riskreview.indicators.across import Learned
from riskreview.models.store import Deciding
from riskreview.opinions.store import Opinion
from riskreview.screening.results import MatchStates

VERSION = 1
Keys = NDArray[np.int64]
Document = dict[str, Any]  # JSON has any shape


@dataclass(frozen=True, slots=True)
class Beside:
    """What speaks beside the facts, read once when an assessment begins to judge.

    :param late: what source systems did not deliver as agreed.
    """

    late: tuple[LateData, ...]
    screening: MatchStates
    deciding: Deciding


@dataclass(frozen=True, slots=True)
class Grounds:
    """Everything one stored assessment follows from, but for the facts that ``pins`` name.

    :param currency: the reporting currency of then.
    :param champion: digests of the models that scored; None where there was none. ``shadow`` is that of the model that informs.
    :param unreviewed: customers with an overdue review.
    :param before: where the customers stood before came from here.
    :param learned: what figures take from all customers together.
    :param is_partial: some customers only; lists name only what concerns those, ``customers`` all that were judged together.
    """

    as_of: date
    run_id: int
    policy_version: str
    policy_digest: str
    pins: Pins
    currency: str
    champion: str | None
    shadow: str | None
    opinions: tuple[Opinion, ...]
    unreviewed: tuple[int, ...]
    late: tuple[LateData, ...]
    screening: MatchStates
    before: StoodBefore
    learned: Learned
    is_partial: bool
    is_beside: bool
    code: str = ""
    customers: tuple[int, ...] = ()

    @property
    def body(self) -> bytes:
        """The canonical bytes: JSON with sorted keys and no spaces, whose SHA-256 is in the event log."""
        document = {
            "version": VERSION, "as_of": self.as_of, "run_id": self.run_id, "policy": [self.policy_version, self.policy_digest],
            "facts": self.pins.versions, "known_at": self.pins.known_at.isoformat(), "currency": self.currency,
            "champion": self.champion, "shadow": self.shadow, "opinions": [asdict(item) for item in self.opinions],
            "unreviewed": list(self.unreviewed), "late": [[item.system, sorted(item.datasets)] for item in self.late],
            "is_screened": self.screening.is_screened,
            "screening": [[int(key), float(state)] for key, state in zip(self.screening.customer_key, self.screening.state, strict=True)],
            "before": asdict(self.before), "learned": {name: list(values) for name, values in self.learned.items()},
            "is_partial": self.is_partial, "is_beside": self.is_beside, "code": self.code, "customers": list(self.customers),
        }  # fmt: skip
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode()

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes."""
        return hashlib.sha256(self.body).hexdigest()

    def only(self, customers: Keys) -> Self:
        """Return the grounds with only what concerns some customers."""
        chosen = set(customers.tolist())
        found = np.isin(self.screening.customer_key, customers)
        screening = MatchStates(
            self.screening.customer_key[found], self.screening.state[found], self.screening.is_screened
        )
        return replace(
            self, customers=tuple(customers.tolist()), opinions=tuple(item for item in self.opinions if item.customer_key in chosen), screening=screening,
            unreviewed=tuple(key for key in self.unreviewed if key in chosen),
        )  # fmt: skip


def grounds_of(body: bytes) -> Grounds:
    """Return the grounds of stored bytes."""
    found: Document = json.loads(body)
    matches = np.array(found["screening"], dtype=np.float64).reshape(-1, 2)
    return Grounds(
        as_of=date.fromisoformat(found["as_of"]), run_id=found["run_id"], policy_version=found["policy"][0],
        policy_digest=found["policy"][1], pins=Pins(found["facts"], datetime.fromisoformat(found["known_at"])),
        currency=found["currency"], champion=found["champion"], shadow=found["shadow"],
        opinions=tuple(_opinion(item) for item in found["opinions"]), unreviewed=tuple(found["unreviewed"]),
        late=tuple(LateData(system, frozenset(names)) for system, names in found["late"]),
        screening=MatchStates(matches[:, 0].astype(np.int64), matches[:, 1], found["is_screened"]),
        before=StoodBefore.read(found["before"]), learned={name: tuple(values) for name, values in found["learned"].items()},
        is_partial=found["is_partial"], is_beside=found["is_beside"], code=found["code"], customers=tuple(found.get("customers", ())),
    )  # fmt: skip


def keep_grounds(connection: Connection, grounds: Grounds, *, result_digest: str) -> str:
    """Keep grounds beside the result they led to, with the code that runs, and return their SHA-256."""
    whole = replace(grounds, code=register_code(connection))
    values = {
        "as_of": whole.as_of,
        "run_id": whole.run_id,
        "result_digest": result_digest,
        "sha256": whole.sha256,
        "body": whole.body,
    }
    connection.execute(text(sql("assessment", "keep_grounds")), values)
    return whole.sha256


def read_grounds(connection: Connection, *, as_of: date, run_id: int, result_digest: str) -> bytes | None:
    """Return the stored bytes; None for an assessment from before grounds were kept, or of figures that were given to it."""
    values = {"as_of": as_of, "run_id": run_id, "result_digest": result_digest}
    found = connection.execute(text(sql("assessment", "read_grounds")), values).scalar_one_or_none()
    return None if found is None else bytes(found)


def _opinion(found: Mapping[str, Any]) -> Opinion:  # JSON has any shape
    day = found["effective_on"]
    return Opinion(**{**found, "effective_on": None if day is None else date.fromisoformat(day)})
