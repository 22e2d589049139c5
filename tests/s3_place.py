"""What tests need to know of a place of their own on the S3 server: the settings that use it, and how to break and count."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import httpx

from riskreview.foundation.instance import Instance

KEYS = {
    "aws_access_key_id": "id",
    "aws_secret_access_key": "hidden",
    "aws_region": "us-east-1",
    "aws_allow_http": "true",
}
IMPATIENT = {
    "timeout": "1s", "connect_timeout": "1s", "max_retries": "1", "retry_timeout": "2s",
    "backoff_config.init_backoff": "10ms", "backoff_config.max_backoff": "20ms",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class S3Place:
    """A place in object storage that is a test's own: what S3 calls a bucket, a word that otherwise means a range of customers here."""

    server: str
    name: str

    @property
    def url(self) -> str:
        return f"s3://{self.name}/risk 复核"

    def make(self) -> None:
        httpx.put(f"{self.server}/{self.name}", timeout=30).raise_for_status()

    def on(self, instance: Instance, *, impatient: bool = False) -> Instance:
        """Return the instance with everything that may be in object storage there; an impatient one does not wait for a struck server."""
        options = {**KEYS, **(IMPATIENT if impatient else {}), "aws_endpoint_url": self.server}
        update = {"storage_url": self.url, "storage_options": options}
        return replace(instance, settings=instance.settings.model_copy(update=update))

    def strike(self, kind: str, **where: object) -> None:
        """Break requests: see ``tests/s3_server.py``."""
        self._say({"kind": kind, **where})

    def mend(self) -> Mapping[str, int]:
        """Make it whole again and return how many calls there were since the last word."""
        return self._say({})

    def _say(self, fault: Mapping[str, object]) -> dict[str, int]:
        found: dict[str, int] = httpx.put(f"{self.server}/-/break", json=fault, timeout=30).json()
        return found
