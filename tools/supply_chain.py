"""Tells what the product is made of: ``supply_chain.py --sbom FILE`` writes a CycloneDX bill of materials, ``--licences`` lists licences.

``--advisories`` asks the advisory services for known vulnerabilities of every locked component, and fails where none was answered for;
``--advisories FILE`` reads them from a copy of OSV's database (all.zip of its ecosystem PyPI) instead, for a machine without that network.
What counts is what the hash-locked requirements name; licences are read from the installed distributions, so a component that is not
installed here (a production extra) has none.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("requirements", "requirements-training", "requirements-production")
"""What an installation may hold; the requirements of development are not shipped."""
OSV_COPY = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"
OLDEST_DAYS = 30
"""A copy whose newest entry is older says nothing of today."""
PERMISSIVE = frozenset({
    "0BSD", "Apache-2.0", "Apache Software License", "Apache 2.0", "Apache License 2.0", "BSD License", "BSD-2-Clause", "BSD-3-Clause",
    "3-Clause BSD License", "CC0-1.0", "CNRI-Python", "ISC", "ISC License (ISCL)", "MIT", "MIT-0", "MIT-CMU", "MIT License", "OSI Approved",
    "PSF-2.0", "Python Software Foundation License", "The Unlicense (Unlicense)", "Zlib",
})  # fmt: skip
SHARED_BY_FILE = frozenset({"MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"})
"""Changes to their own files must be shared; we change none."""
ALLOWED = PERMISSIVE | SHARED_BY_FILE
REASONS = {
    "psycopg2-binary": "LGPL with an exception: a library of its own, imported and replaceable, asked for by the user",
    "psycopg": "LGPL: a library of its own, imported and replaceable",
    "psycopg-binary": "LGPL: a library of its own, imported and replaceable",
    "python-stdnum": "LGPL: a library of its own, imported and replaceable",
    "text-unidecode": "offered under the Artistic License too, which is the one taken",
}
"""Components under other licences, each with why it may be used."""


@dataclass(frozen=True, slots=True)
class Component:
    """One distribution of the lock files; ``licence`` is empty where it is not installed."""

    name: str
    version: str
    hashes: tuple[str, ...]
    licence: str

    @property
    def is_allowed(self) -> bool:
        """Whether all of its licences, or one of those to choose from, are on the list, or a reason is."""
        ways = re.split(r"\s+OR\s+", self.licence)
        return self.name in REASONS or any(
            all(part.strip() in ALLOWED for part in re.split(r"\s+AND\s+|\|", way)) for way in ways
        )


def components(files: Sequence[str] = SHIPPED) -> list[Component]:
    """Return the components of lock files, by name; of several versions for several platforms, each."""
    found = {item.name + item.version: item for name in files for item in _locked(ROOT / f"{name}.txt")}
    return [found[key] for key in sorted(found)]


def _locked(path: Path) -> Iterator[Component]:
    for block in re.split(r"\n(?=\S)", path.read_text(encoding="utf-8")):
        pinned = re.match(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", block)
        if pinned:
            name = re.sub(r"[-_.]+", "-", pinned[1]).lower()
            yield Component(name, pinned[2], tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block)), _licence(name))


def _licence(name: str) -> str:
    try:
        told = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
    classified = [
        item.rpartition("::")[2].strip() for item in told.get_all("Classifier", []) if item.startswith("License ::")
    ]
    return told.get("License-Expression") or "|".join(classified) or (told.get("License") or "").strip().split("\n")[0]


def bill_of_materials() -> dict[str, object]:
    """Return the CycloneDX 1.6 document; it names no moment, so that the same lock files give the same bytes."""
    listed = [
        {"type": "library", "bom-ref": f"pkg:pypi/{item.name}@{item.version}", "name": item.name, "version": item.version,
         "purl": f"pkg:pypi/{item.name}@{item.version}",
         **({"licenses": [{"license": {"name": item.licence}}]} if item.licence else {}),
         "properties": [{"name": "riskreview:wheel-sha256", "value": value} for value in item.hashes]}
        for item in components()
    ]  # fmt: skip
    version = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    about = {"component": {"type": "application", "name": "riskreview", "version": version[1] if version else ""}}
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": about, "components": listed}


def advisories(service: str) -> tuple[dict[str, list[str]], set[str]]:
    """Return the known vulnerabilities by component, and the components the service did not answer for.

    :param service: ``pypi`` or ``osv``, as pip-audit calls them.
    """
    locks = [part for name in SHIPPED for part in ("--requirement", str(ROOT / f"{name}.txt"))]
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service, "--require-hashes", "--disable-pip", "--format", "json",
               "--progress-spinner", "off", "--timeout", "10", *locks]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    names = {item.name for item in components()}
    if not done.stdout.startswith("{"):
        return {}, names
    answered = [item for item in json.loads(done.stdout)["dependencies"] if "skip_reason" not in item]
    found = {f"{item['name']} {item['version']}": [known["id"] for known in item["vulns"]] for item in answered}
    return {name: ids for name, ids in found.items() if ids}, names - {item["name"].lower() for item in answered}


def advisories_in(copy: Path) -> tuple[dict[str, list[str]], date]:
    """Return the known vulnerabilities by component as a copy of OSV's database has them, and the day of its newest entry.

    :raises ValueError: when it is no such copy.
    """
    locked: dict[str, set[str]] = {}
    for item in components():
        locked.setdefault(item.name, set()).add(item.version)
    found: dict[str, list[str]] = {}
    newest = date.min
    with zipfile.ZipFile(copy) as archive:
        for name in archive.namelist():
            entry = json.loads(archive.read(name))
            newest = max(newest, date.fromisoformat(entry["modified"][:10]))
            for affected in entry.get("affected", ()) if "withdrawn" not in entry else ():
                package = re.sub(r"[-_.]+", "-", affected["package"]["name"]).lower()
                for version in sorted(locked.get(package, ())):
                    if _is_affected(version, affected):
                        found.setdefault(f"{package} {version}", []).append(entry["id"])
    if newest == date.min:
        raise ValueError("it has no entry")
    return found, newest


def _is_affected(version: str, affected: Mapping[str, Any]) -> bool:
    """Tell whether a version is listed, or lies in a range; a version nobody can compare counts as affected."""
    if version in affected.get("versions", ()):
        return True
    try:
        return any(
            _lies_within(Version(version), given["events"])
            for given in affected.get("ranges", ())
            if given["type"] == "ECOSYSTEM"
        )
    except InvalidVersion:
        return True


def _lies_within(version: Version, events: Sequence[Mapping[str, str]]) -> bool:
    """Walk the events of a range by their versions, in whatever order they are listed: introduced, fixed, last affected."""
    inside = False
    for event in sorted(events, key=lambda item: Version(next(iter(item.values())))):
        if "introduced" in event:
            inside = inside or event["introduced"] == "0" or version >= Version(event["introduced"])
        elif "fixed" in event:
            inside = inside and version < Version(event["fixed"])
        elif "last_affected" in event:
            inside = inside and version <= Version(event["last_affected"])
    return inside


def tell_copy(copy: Path, *, today: date) -> int:
    """Say what a copy of the database knows; 1 for a vulnerability, 2 where it proves nothing."""
    try:
        found, newest = advisories_in(copy)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        print(
            f"Nothing was proven: {copy} is no copy of OSV's database ({error}); fetch {OSV_COPY} where the network is."
        )
        return 2
    for name, ids in sorted(found.items()):
        print(f"{name}: {', '.join(ids)}")
    if (today - newest).days > OLDEST_DAYS:
        print(
            f"Nothing was proven: the newest entry of {copy} is of {newest}, more than {OLDEST_DAYS} days ago; fetch {OSV_COPY} again."
        )
        return 1 if found else 2
    if not found:
        print(
            f"No known vulnerability in {len({item.name for item in components()})} components, says OSV's database as of {newest}."
        )
    return int(bool(found))


def tell_advisories() -> int:
    """Say what the first service that answers knows; 1 for a vulnerability, 2 where a component was not answered for."""
    asked, names = ("pypi", "osv"), {item.name for item in components()}
    for service in asked:
        found, silent = advisories(service)
        if not silent:
            break
    else:
        print(f"Nothing was proven: no advisory service ({', '.join(asked)}) answered for {len(silent)} of {len(names)} components; "
              "run it again where https://pypi.org or https://api.osv.dev is reached, or bring a copy of OSV's database "
              f"({OSV_COPY}) and run make audit-dependencies ADVISORIES=all.zip.")  # fmt: skip
    for name, ids in sorted(found.items()):
        print(f"{name}: {', '.join(ids)}")
    if not silent and not found:
        print(f"No known vulnerability in {len(names)} components, says {service}.")
    return 1 if found else 2 if silent else 0


def main() -> int:
    """Write the bill of materials, list the licences, or ask for vulnerabilities; 1 when one is not allowed or known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sbom", type=Path, help="where to write the bill of materials")
    parser.add_argument("--licences", action="store_true", help="list the licence of every component")
    parser.add_argument(
        "--advisories",
        nargs="?",
        const=True,
        metavar="FILE",
        help="ask for known vulnerabilities, or read them from a copy of OSV's database",
    )
    options = parser.parse_args()
    if options.advisories is True:
        return tell_advisories()
    if options.advisories:
        return tell_copy(Path(options.advisories), today=datetime.now(UTC).date())
    if options.sbom:
        options.sbom.parent.mkdir(parents=True, exist_ok=True)
        options.sbom.write_text(json.dumps(bill_of_materials(), indent=1) + "\n", encoding="utf-8")
        print(f"{len(components())} components in {options.sbom}")
    if options.licences:
        for item in components():
            print(
                f"{item.name} {item.version}: {item.licence or 'not installed here'}{'' if item.is_allowed or not item.licence else ' NOT ALLOWED'}"
            )
    return int(any(item.licence and not item.is_allowed for item in components()))


if __name__ == "__main__":
    sys.exit(main())
