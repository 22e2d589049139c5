"""Owns one target of the CRM, opened, at which writes are proposed and carried out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from riskreview.crm import write_store
from riskreview.crm.lifecycle import WRITE
from riskreview.crm.opening import OpenCrm
from riskreview.crm.targets import CrmTarget
from riskreview.crm.write_store import StoredWrite
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.mechanisms.lifecycle import SYSTEM, apply
from riskreview.policy.crm_policy import Target

ACTOR = "system:crm"


@dataclass(frozen=True, slots=True)
class Desk:
    """One target, opened, with what stands in the way of every write: the network in between."""

    services: Services
    target: Target
    crm: OpenCrm
    records: CrmTarget
    day: date

    def move(self, verb: str, write: StoredWrite, changes: Mapping[str, object] | None = None) -> StoredWrite:
        """Move a write in a transaction of its own and return it as it is then."""
        with transaction(self.services.engine) as connection:
            return self.moved(connection, verb, write, changes)

    def moved(
        self, connection: Connection, verb: str, write: StoredWrite, changes: Mapping[str, object] | None = None
    ) -> StoredWrite:
        """Move a write in the caller's transaction."""
        apply(connection, WRITE, verb, write.write_id, version=write.version, actor=ACTOR, roles=(SYSTEM,),
              at=self.services.clock.now(), changes=changes, cause={"digest": write.digest})  # fmt: skip
        return write_store.read_write(connection, write.write_id)
