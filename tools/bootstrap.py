"""Builds the environment from the hash-locked requirements, with nothing but python3 and a package index.

Usage: python3 tools/bootstrap.py [--dev] [--training] [--production]. It does nothing when the environment already matches the files.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LAUNCHER = """#!/bin/sh
exec "{python}" -m riskreview.cli "$@"
"""


def main(arguments: list[str]) -> int:
    """Create or update the environment; returns the process's exit code."""
    if sys.version_info < (3, 11):
        print(f"riskreview needs Python 3.11 or newer; this is {sys.version.split()[0]}. Set PYTHON=/path/to/python3.")
        return 2
    files = [ROOT / "requirements.txt"]
    files += [
        ROOT / f"requirements-{name}.txt" for name in ("dev", "training", "production") if f"--{name}" in arguments
    ]
    missing = [path for path in files if not _stamp(path).exists()]
    if not missing:
        return 0
    started = time.monotonic()
    print(f"Building the environment in {VENV.relative_to(ROOT)} ...", flush=True)
    if not PYTHON.exists() and not _create():
        return 2
    if not _install(files):
        print("The packages could not be installed; the package index's answer stands above.")
        return 1
    _link_package()
    for path in files:
        _stamp(path).touch()
    print(f"Environment ready after {time.monotonic() - started:.0f} s.", flush=True)
    return 0


def _stamp(requirements: Path) -> Path:
    digest = hashlib.sha256(requirements.read_bytes() + str(ROOT).encode()).hexdigest()[:16]
    return VENV / f".{requirements.stem}-{digest}"


def _create() -> bool:
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode == 0:
        return True
    print(f"{sys.executable} -m venv failed. On Debian or Ubuntu install the package python3-venv, then try again.")
    return False


def _install(files: list[Path]) -> bool:
    wanted = [part for path in files for part in ("-r", str(path))]
    uv = _uv()
    if uv is not None:
        command = [str(uv), "pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes", *wanted]
        if subprocess.run(command, env=_uv_environment(), check=False).returncode == 0:
            return True
        print("The fast installer did not succeed; trying pip.", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", *wanted]
    return subprocess.run(command, check=False).returncode == 0


def _uv() -> Path | None:
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        lock = ROOT / "tools" / "requirements-bootstrap.txt"
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)]
        subprocess.run(command, check=False)
    return uv if uv.exists() else None


def _uv_environment() -> dict[str, str]:
    """Give the fast installer the package index and certificates that pip is configured with."""
    environment = dict(os.environ)
    index = environment.get("PIP_INDEX_URL") or _pip_setting("global.index-url")
    if index:
        environment.setdefault("UV_DEFAULT_INDEX", index)
    certificate = environment.get("PIP_CERT") or _pip_setting("global.cert")
    if certificate:
        environment.setdefault("SSL_CERT_FILE", certificate)
    environment.setdefault("UV_HTTP_TIMEOUT", "180")
    return environment


def _pip_setting(name: str) -> str:
    command = [str(PYTHON), "-m", "pip", "config", "get", name]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()


def _link_package() -> None:
    site = subprocess.run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    (Path(site) / "riskreview.pth").write_text(f"{ROOT / 'plugins'}\n", encoding="utf-8")
    launcher = VENV / "bin" / "riskreview"
    launcher.write_text(LAUNCHER.format(python=PYTHON), encoding="utf-8")
    launcher.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
