"""Owns the part of an ingest that asks the CRMs."""

from riskreview.crm.connections import FindConnection, configured
from riskreview.foundation.services import Services
from riskreview.intake.results import PassedOver
from riskreview.intake.use_cases import load_mappings


def pull_crm(
    services: Services, connections: FindConnection | None, *, stage: str | None, passed_over: PassedOver
) -> dict[str, int]:  # fmt: skip
    """Pull every CRM source of a stage that has a connection and return counts; nothing where no mapping reads a CRM."""
    if not any(mapping.read.crm for mapping in load_mappings(services.instance)):
        return {}
    from riskreview.crm.use_cases import Network, pull_all

    done = pull_all(
        services, Network(connections or configured(services.instance)), stage=stage, passed_over=passed_over
    )
    passed_over.unchanged += sum(item.batch_id is None for item in done)
    return {"crm_pulls": len(done), "crm_changed": sum(item.changed for item in done), "crm_deleted": sum(item.deleted for item in done),
            "crm_calls": sum(item.calls for item in done)}  # fmt: skip
