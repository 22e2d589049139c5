"""Owns how a CRM is reached: a connection by name, from the environment, a private file of the instance, or whoever hands it over."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, TypeAdapter, ValidationError, field_validator

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.foundation.named_connections import read_fields, written_fields
from riskreview.foundation.private_file import write_private
from riskreview.foundation.yaml_file import StrictModel

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ZOHO_DOMAINS = {
    "us": ("https://accounts.zoho.com", "https://www.zohoapis.com"),
    "eu": ("https://accounts.zoho.eu", "https://www.zohoapis.eu"),
    "in": ("https://accounts.zoho.in", "https://www.zohoapis.in"),
    "au": ("https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
    "jp": ("https://accounts.zoho.jp", "https://www.zohoapis.jp"),
    "cn": ("https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn"),
    "ca": ("https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
    "sa": ("https://accounts.zoho.sa", "https://www.zohoapis.sa"),
}
"""Accounts and API server of each data centre."""
REPAIR = "Write it as docs/how-to/crm.md shows"


def safe_url(value: str | None) -> str | None:
    """Return a base URL without a slash at its end.

    :raises ValueError: for http to another machine: secrets would travel in the open.
    """
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"E-POLICY-TYPE {value} is no http address")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError(f"E-POLICY-TYPE {value} is plain http to another machine; use https")
    return value.rstrip("/")


class ZohoConnection(StrictModel):
    """One Zoho CRM organisation.

    :param credits_per_day: what we may use of the edition's credits. :param credits_floor: what we leave of them.
    """

    kind: Literal["zoho"]
    dc: Literal["us", "eu", "in", "au", "jp", "cn", "ca", "sa"] = "us"
    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr
    accounts_url: str | None = None
    api_url: str | None = None
    credits_per_day: int = Field(50_000, ge=1)
    credits_floor: int = Field(500, ge=0)

    _urls = field_validator("accounts_url", "api_url")(safe_url)

    @property
    def accounts(self) -> str:
        """The server that gives tokens."""
        return self.accounts_url or ZOHO_DOMAINS[self.dc][0]

    @property
    def secret(self) -> str:
        """What proves us to the CRM."""
        return self.client_secret.get_secret_value() + self.refresh_token.get_secret_value()


class FxiaokeConnection(StrictModel):
    """One Fxiaoke tenant.

    :param generation: of the authentication: ``new`` is a bearer token in headers, ``old`` the corpAccessToken in bodies.
    :param user: who acts: an employee number in the new generation, an openUserId in the old one.
    :param time_zone: of the tenant's dates.
    """

    kind: Literal["fxiaoke"]
    app_id: str
    app_secret: SecretStr
    permanent_code: SecretStr
    user: str
    generation: Literal["new", "old"] = "new"
    api_url: str = "https://open.fxiaoke.com"
    time_zone: str = "Asia/Shanghai"
    calls_per_window: int = Field(50, ge=1, le=100, description="calls of one interface in 20 s; 100 are allowed")
    calls_per_day: int = Field(100_000, ge=1)

    _urls = field_validator("api_url")(safe_url)

    @property
    def secret(self) -> str:
        """What proves us to the CRM."""
        return self.app_secret.get_secret_value() + self.permanent_code.get_secret_value()


CrmConnection = ZohoConnection | FxiaokeConnection
FindConnection = Callable[[str], CrmConnection | None]
"""Finds a connection by its name, None where it is not configured."""
_ADAPTER: TypeAdapter[CrmConnection] = TypeAdapter(Annotated[CrmConnection, Field(discriminator="kind")])
AIRFLOW_NAMES = {
    "zoho": {"login": "client_id", "password": "client_secret", "host": "api_url"},
    "fxiaoke": {"login": "app_id", "password": "app_secret", "host": "api_url"},
}
"""What the fields of an Airflow connection are to us; its extra holds the rest by our own names."""


def read_connection(given: Mapping[str, Any], name: str) -> CrmConnection:  # JSON has any shape
    """Return a connection from its settings; the secrets in them are never shown.

    :raises BadInput: E-CONNECTION naming the setting.
    """
    try:
        return _ADAPTER.validate_python(dict(given))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "kind"
        raise BadInput("E-CONNECTION", f"the connection {name} is not whole: {place}: {first['msg']}", REPAIR) from None


def from_airflow(fields: Mapping[str, Any], name: str) -> CrmConnection:  # JSON has any shape
    """Return a connection from the fields of an Airflow connection: its type is the CRM, its extra holds what has no field."""
    kind = str(fields.get("conn_type"))
    extra = fields.get("extra") or {}
    extra = json.loads(extra) if isinstance(extra, str) else extra
    named = {ours: fields[theirs] for theirs, ours in AIRFLOW_NAMES.get(kind, {}).items() if fields.get(theirs)}
    return read_connection({"kind": kind, **named, **extra}, name)


def as_airflow(given: Mapping[str, str]) -> dict[str, str]:
    """Return a connection's settings as the fields of an Airflow connection: the other way round than ``from_airflow``."""
    kind = given["kind"]
    fields = {theirs: given[ours] for theirs, ours in AIRFLOW_NAMES[kind].items() if ours in given}
    named = {"kind", *AIRFLOW_NAMES[kind].values()}
    return {
        "conn_type": kind,
        **fields,
        "extra": json.dumps({name: value for name, value in given.items() if name not in named}),
    }


def configured(instance: Instance, environment: Mapping[str, str] | None = None) -> FindConnection:
    """Return what finds the connections of an instance: ``AIRFLOW_CONN_<NAME>`` or ``<NAME>`` in the environment, else a private file."""

    def find(name: str) -> CrmConnection | None:
        fields = written_fields(connection_path(instance, name), name, repair=REPAIR, environment=environment)
        if fields is None:
            return None
        return from_airflow(fields, name) if "conn_type" in fields else read_connection(fields, name)

    return find


def save_connection(instance: Instance, name: str, text: str) -> CrmConnection:
    """Check a connection's settings and keep them in a file that only its owner can read."""
    fields = read_fields(text, name, repair=REPAIR)
    made = from_airflow(fields, name) if "conn_type" in fields else read_connection(fields, name)
    write_private(connection_path(instance, name), json.dumps(fields) + "\n")
    return made


def connection_path(instance: Instance, name: str) -> Path:
    """Return the private file of a connection."""
    return instance.home / "keys" / "crm" / f"{name}.json"
