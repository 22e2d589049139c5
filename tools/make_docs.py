"""Writes the generated pages of docs/reference, or with --check says which of them are out of date."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "plugins"))


def _indicators(language: str) -> str:
    from riskreview.foundation.instance import Instance, Settings
    from riskreview.policy.risk_policy import load_policy

    shipped = Instance(home=ROOT / "var" / "no-instance", settings=Settings())
    return load_policy(shipped).reference_page(language)


def _page(module: str, function: str) -> Callable[[], str]:
    return lambda: str(getattr(importlib.import_module(f"riskreview.{module}"), function)())


PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/bad-inputs.md": _page("validation.bad_inputs", "reference_page"),
    "docs/reference/cli.md": _page("cli.reference", "reference_page"),
    "docs/reference/database-roles.md": _page("foundation.rights", "reference_page"),
    "docs/reference/dags.md": _page("orchestration.dag_docs", "reference_page"),
    "docs/reference/datasets.md": _page("policy.reference", "datasets_page"),
    "docs/reference/indicators.md": lambda: _indicators("en"),
    "docs/reference/indicators.zh-CN.md": lambda: _indicators("zh"),
    "docs/reference/invariants.md": _page("doctor.reference", "reference_page"),
    "docs/reference/measures.md": _page("measures.reference", "reference_page"),
    "docs/reference/metrics.md": _page("metrics.reference", "reference_page"),
    "docs/reference/ratios.md": _page("indicators.ratios.reference", "reference_page"),
    "docs/reference/lifecycles.md": _page("orchestration.lifecycle_docs", "reference_page"),
}


def main() -> int:
    """Write or check every page; returns the process's exit code."""
    stale = []
    for name, write in PAGES.items():
        text = write().rstrip() + "\n"
        path = ROOT / name
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"Out of date: {', '.join(stale)}. Run: make docs")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
