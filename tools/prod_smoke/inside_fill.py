"""Runs inside a container: gives an instance the demo's people, the mail relay beside the stack, and the finance extracts of a portfolio.

``python - HOME CUSTOMERS AS_OF < inside_fill.py``. The demo's CRMs are left out: they are programs, not files.
"""

import shutil
import sys
from datetime import date
from pathlib import Path

from riskreview.demo import setup
from riskreview.demo.generator import generate
from riskreview.foundation.instance import PACKAGED, open_instance
from riskreview.foundation.yaml_file import parse_yaml

CHANNELS = """\
# The rehearsal's only channel: the mail relay that runs beside the stack. No message leaves it.
channels:
  mail:
    kind: mail
    url: "${RISKREVIEW_MAIL_URL}"
    rate_per_minute: 6000
    digest_minutes: 0
delivery:
  backoff_minutes: [0.05, 0.2, 1, 5]
  alarm_role: it
"""


def main(home: Path, customers: int, as_of: date) -> None:
    """Write mappings, people, channel and extracts; a feed never sees half a file."""
    instance = open_instance(home)
    sources = []
    for path in sorted((PACKAGED / "mappings" / "demo").glob("*.yaml")):
        mapping = parse_yaml(path)
        if mapping["stage"] == "finance" and "path" in mapping["read"]:
            shutil.copyfile(path, home / "mappings" / path.name)
            sources.append(path.stem)
    shutil.copyfile(Path(setup.__file__).with_name("team.yaml"), home / "policies" / "team.yaml")
    (home / "policies" / "channels.yaml").write_text(CHANNELS, encoding="utf-8")
    aside = home / "generated"
    generate(target=aside, expected_path=home / setup.EXPECTED, customers=customers, as_of=as_of)
    for extract in aside.rglob("*.*"):
        if not extract.name.startswith(tuple(sources)):
            extract.unlink()
    for delivery in sorted(aside.iterdir()):
        delivery.rename(Path(instance.inbox) / delivery.name)
    aside.rmdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), date.fromisoformat(sys.argv[3]))
