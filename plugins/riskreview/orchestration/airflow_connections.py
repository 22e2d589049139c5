"""Owns reading a connection from wherever Airflow keeps its secrets; its secrets are masked in every log."""

from collections.abc import Mapping
from typing import Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException


def fields_of(name: str) -> Mapping[str, Any]:  # an Airflow connection has fields of any type
    """Return the fields of an Airflow connection.

    :raises AirflowNotFoundException: when Airflow knows no such connection.
    """
    found = BaseHook.get_connection(name)
    fields = {field: getattr(found, field) for field in ("conn_type", "login", "password", "host")}
    return {**fields, "extra": found.extra_dejson}


def find_fields(name: str) -> Mapping[str, Any] | None:  # as above
    """Return the fields of an Airflow connection, None when Airflow knows no such connection."""
    try:
        return fields_of(name)
    except AirflowNotFoundException:
        return None
