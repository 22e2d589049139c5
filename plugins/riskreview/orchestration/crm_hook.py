"""Owns Airflow's way to the CRMs: the connections ``crm_zoho`` and ``crm_fxiaoke`` from wherever Airflow keeps its secrets."""

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from riskreview.crm.connections import CrmConnection, FindConnection, configured, from_airflow
from riskreview.crm.opening import OpenCrm, open_crm
from riskreview.foundation.services import Services
from riskreview.orchestration.airflow_connections import fields_of


class CrmHook(BaseHook):
    """Opens a CRM through an Airflow connection: its type is ``zoho`` or ``fxiaoke``, its extra holds what has no field."""

    conn_name_attr = "crm_conn_id"
    hook_name = "CRM"

    def __init__(self, crm_conn_id: str) -> None:
        super().__init__()
        self.crm_conn_id = crm_conn_id

    def settings(self) -> CrmConnection:
        """Return the connection's settings; its secrets are masked in every log.

        :raises AirflowNotFoundException: when Airflow knows no such connection.
        """
        return from_airflow(fields_of(self.crm_conn_id), self.crm_conn_id)

    @contextmanager
    def open(self, services: Services) -> Iterator[OpenCrm]:
        """Open the CRM for the block."""
        with open_crm(services, self.crm_conn_id, lambda _name: self.settings()) as crm:
            yield crm


def find_connection(services: Services) -> FindConnection:
    """Return what finds a connection: Airflow's, else the instance's own."""
    own = configured(services.instance)

    def find(name: str) -> CrmConnection | None:
        try:
            return CrmHook(name).settings()
        except AirflowNotFoundException:
            return own(name)

    return find
