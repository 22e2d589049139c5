"""Builds stand-ins for the official images that Dockerfile and docker-compose.yml name, where no image registry is reached.

``python3 -m tools.base_images`` needs root, debootstrap and a package mirror of Debian. The images are for trying the stack, not for
production: they are made of Debian's packages and do what our files rely on, no more. An image that is there already is left alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MIRROR = "http://deb.debian.org/debian"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
AIRFLOW_NEEDS = "python3,python3-venv,curl,dumb-init,netcat-openbsd,libstdc++6,ca-certificates,procps"
ROOTS = {"bookworm": AIRFLOW_NEEDS, "trixie": "procps"}
"""Releases of Debian and what each is installed with beside the least."""
IMAGES = {"apache/airflow:3.3.2-python3.11": "airflow", "postgres:17": "postgres", "redis:7.2": "redis"}
"""Names as our files have them, and the Dockerfile of each stand-in."""


def main() -> int:
    """Build what is missing and return the exit code."""
    missing = [name for name in ("debootstrap", "docker") if shutil.which(name) is None]
    if missing:
        print(f"Install {' and '.join(missing)} first (Debian: apt-get install debootstrap docker.io).")
        return 2
    with tempfile.TemporaryDirectory(prefix="riskreview-base-") as folder:
        for name, file in IMAGES.items():
            if not _exists(name):
                _build(name, file, Path(folder))
    return 0


def _build(name: str, file: str, folder: Path) -> None:
    dockerfile = HERE / f"{file}.Dockerfile"
    release = next(
        release for release in ROOTS if f"riskreview-base:{release}" in dockerfile.read_text(encoding="utf-8")
    )
    if not _exists(f"riskreview-base:{release}"):
        _import(release, folder / release)
    context = folder / file
    context.mkdir()
    for path in HERE.glob(f"{file}*"):
        shutil.copy(path, context)
    shutil.copy(
        CERTIFICATES, context / "certificates.crt"
    )  # a company's own mirror is trusted where this machine trusts it
    print(f"Building {name} ...", flush=True)
    _do("docker", "build", "--network", "host", "--tag", name, "--file", str(context / dockerfile.name), str(context))


def _import(release: str, root: Path) -> None:
    print(f"Installing Debian {release} into a folder ...", flush=True)
    _do("debootstrap", "--variant=minbase", f"--include={ROOTS[release]}", release, str(root), MIRROR)
    packed = (
        "tar",
        "--create",
        "--directory",
        str(root),
        "--exclude=./proc/*",
        "--exclude=./sys/*",
        "--exclude=./var/cache/apt/*",
        ".",
    )
    with subprocess.Popen(packed, stdout=subprocess.PIPE) as tar:
        subprocess.run(["docker", "import", "-", f"riskreview-base:{release}"], stdin=tar.stdout, check=True)  # noqa: S607


def _exists(image: str) -> bool:
    return subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode == 0  # noqa: S607


def _do(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
