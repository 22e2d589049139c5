"""Owns the stage that writes back into the CRMs and finds what was changed there by hand."""

from datetime import date

from riskreview.crm.connections import FindConnection, configured
from riskreview.foundation.roles import DatabaseRole, as_role
from riskreview.foundation.services import Services
from riskreview.orchestration.locks import Lock
from riskreview.orchestration.stages import StageResult, business_today, exclusive_run


@as_role(DatabaseRole.DISPATCH)
def write_back_crm(
    services: Services, *, as_of: date | None = None, triggered_by: str = "cli", connections: FindConnection | None = None
) -> StageResult:  # fmt: skip
    """Compare every target with what we want, propose, write what is agreed to and look again; one pass at a time.

    Before that the channels of the CRM's notices are renewed where their end is near.
    """
    from riskreview.crm.channels import renew_channels
    from riskreview.crm.use_cases import Network
    from riskreview.crm.writing import write_back

    day = as_of or business_today(services)
    key = f"write_back_crm:{day.isoformat()}"
    with exclusive_run(services, "write_back_crm", Lock.CRM, as_of=day, key=key, triggered_by=triggered_by) as run:
        network = Network(connections or configured(services.instance))
        run.counts["channels_renewed"] = renew_channels(services, network).renewed
        run.counts.update(write_back(services, network, as_of=day).counts())
        return StageResult("write_back_crm", run.run_id, day, dict(run.counts))
