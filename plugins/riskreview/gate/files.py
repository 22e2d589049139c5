"""Owns which files make up a policy: those that decide, read as one set with one digest. People and channels are none of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from riskreview.foundation.approved import digest_of, lay_out
from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import MAX_BYTES

RISK = "policies/risk_policy.yaml"
POLICIES = ("checklists.yaml", "drills.yaml", "gate.yaml", "measures.yaml", "models.yaml", "monitoring.yaml", "portfolio.yaml",
            "reviews.yaml", "risk_policy.yaml", "screening.yaml")  # fmt: skip
"""Files that decide about customers. Who works here, channels, connections and the rules of feeds change without the gate."""
PLANS = "playbooks"


@dataclass(frozen=True)
class PolicySet:
    """The texts of a policy's files by name, such as ``policies/reviews.yaml``."""

    files: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all names and texts."""
        return digest_of(self.files)

    def laid_out(self, instance: Instance) -> Instance:
        """Return the instance as it would work by this set."""
        return Instance(instance.home, instance.settings, lay_out(instance, self.digest, self.files))

    def differing(self, other: "PolicySet") -> tuple[str, ...]:
        """Return the names of the files that are another text, or there only once."""
        names = sorted({*self.files, *other.files})
        return tuple(name for name in names if self.files.get(name) != other.files.get(name))


def own_set(instance: Instance) -> PolicySet:
    """Return the files as they stand in the instance's folders, else as shipped; not what is in force.

    :raises BadInput: for a file that is too large or not UTF-8.
    """
    return read_set(Instance(instance.home, instance.settings))


def read_set(instance: Instance) -> PolicySet:
    """Return the files an instance works by.

    :raises BadInput: for a file that is too large or not UTF-8.
    """
    named = {f"policies/{name}": instance.configuration_file("policies", name) for name in POLICIES}
    named |= {f"{PLANS}/{path.name}": path for path in instance.configuration(PLANS)}
    return PolicySet({name: _read(path) for name, path in named.items()})


def _read(path: Path) -> str:
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        raise BadInput("E-YAML-SIZE", f"the file has {len(raw)} bytes", f"Keep it under {MAX_BYTES} bytes", path.name)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("E-ENCODING", f"byte {error.start} is not UTF-8", "Save the file as UTF-8", path.name) from error
