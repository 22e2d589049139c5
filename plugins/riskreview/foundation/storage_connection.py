"""Owns what a connection to object storage says: an Airflow connection of type ``aws``, or the same by our own names."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator

from riskreview.foundation.errors import BadInput
from riskreview.foundation.yaml_file import StrictModel

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
REPAIR = "Write it as docs/how-to/object-storage.md shows"
AIRFLOW_NAMES = {"login": "access_key_id", "password": "secret_access_key", "host": "endpoint_url"}
EXTRA_NAMES = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
    "region_name": "region",
}
"""What the names of Airflow's own hook are to us."""


class StorageConnection(StrictModel):
    """Access to an S3 server; without keys that of the machine (its role, or ``AWS_…`` in its environment).

    :param endpoint_url: of a server that is not Amazon's. :param allow_http: without TLS, although it is another machine.
    """

    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None
    session_token: SecretStr | None = None
    region: str | None = None
    endpoint_url: str | None = Field(None, pattern=r"^https?://[^/]")
    allow_http: bool = False

    @field_validator("endpoint_url")
    @classmethod
    def _bare(cls, value: str | None) -> str | None:
        return value and value.rstrip("/")

    def options(self) -> dict[str, str]:
        """Return the options of deltalake and obstore.

        :raises ValueError: for http to another machine where nobody allowed it: secrets would travel in the open.
        """
        url = urlsplit(self.endpoint_url or "")
        if url.scheme == "http" and url.hostname not in LOOPBACK and not self.allow_http:
            raise ValueError(f"{self.endpoint_url} is plain http to another machine; use https or say allow_http")
        named = {
            "aws_access_key_id": self.access_key_id, "aws_secret_access_key": _shown(self.secret_access_key),
            "aws_session_token": _shown(self.session_token), "aws_region": self.region, "aws_endpoint_url": self.endpoint_url,
            "aws_allow_http": "true" if url.scheme == "http" else None,
        }  # fmt: skip
        return {name: value for name, value in named.items() if value}


def options_from(fields: Mapping[str, Any], name: str) -> dict[str, str]:  # JSON has any shape
    """Return the options a connection stands for; the secrets in it are never shown.

    :raises BadInput: E-CONNECTION naming the setting.
    """
    try:
        return StorageConnection.model_validate(_by_our_names(fields)).options()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        problem = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    except ValueError as error:
        problem = str(error)
    raise BadInput("E-CONNECTION", f"the connection {name} is not whole: {problem}", REPAIR)


def _by_our_names(fields: Mapping[str, Any]) -> dict[str, Any]:  # JSON has any shape
    if "conn_type" not in fields:
        return dict(fields)
    if fields["conn_type"] not in {"aws", "s3"}:
        raise ValueError(f"its type is {fields['conn_type']}, not aws")
    extra = fields.get("extra") or {}
    extra = json.loads(extra) if isinstance(extra, str) else extra
    named = {ours: fields[theirs] for theirs, ours in AIRFLOW_NAMES.items() if fields.get(theirs)}
    return {**named, **{EXTRA_NAMES.get(str(key), str(key)): value for key, value in dict(extra).items()}}


def _shown(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
