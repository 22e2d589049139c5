"""Changes of policy files, as a person makes them."""

from pathlib import Path

from riskreview.foundation.instance import PACKAGED

SHIPPED = {name: (PACKAGED / "policies" / name).read_text("utf-8") for name in ("risk_policy.yaml", "reviews.yaml")}


def edit(home: Path, name: str, old: str, new: str) -> None:
    path = home / "policies" / name
    text = path.read_text("utf-8") if path.exists() else SHIPPED[name]
    assert text.count(old) == 1
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace(old, new), "utf-8")


def warn_earlier(home: Path, *, days: int = 10, version: str = "2026.4") -> None:
    """Let P1 warn after fewer days, under a new version."""
    edit(home, "risk_policy.yaml", 'version: "2026.3"', f'version: "{version}"')
    path = home / "policies" / "risk_policy.yaml"
    head, found, tail = path.read_text("utf-8").partition("  - id: P1\n")
    assert found
    path.write_text(head + found + tail.replace("warning: 15\n", f"warning: {days}\n", 1), "utf-8")
