"""Owns processes that are forked from one in which everything is loaded, so that hundreds of them cost no imports."""

import gc
import importlib
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import riskreview
from riskreview.facts.spelling import spell
from riskreview.foundation.instance import PACKAGED, Instance, Settings
from riskreview.foundation.yaml_file import parse_yaml
from riskreview.identity.lexicon import shipped_lexicon
from riskreview.policy.risk_policy import load_policy

LATE = ("alembic.command", "apprise.plugins.email", "babel.numbers", "deltalake", "great_expectations.expectations",
        "great_expectations.render.renderer.site_builder", "holidays", "psycopg2.extras", "pyarrow.dataset", "pyarrow.pandas_compat",
        "stdnum.cn.uscc")  # fmt: skip
"""Slow modules of libraries that a process imports when it needs them."""
PACKAGE = Path(riskreview.__file__).parent
AIRFLOW = re.compile(
    r"^(from|import) (airflow|riskreview\.orchestration\.(assets|defaults|runtime|tasks))\b", re.MULTILINE
)


def load_everything() -> None:
    """Import every module that needs no Airflow and parse every file that people set, so that no fork has to."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.stem not in {"__init__", "__main__"} and not AIRFLOW.search(path.read_text(encoding="utf-8")):
            importlib.import_module(".".join(("riskreview", *path.relative_to(PACKAGE).with_suffix("").parts)))
    for name in LATE:
        importlib.import_module(name)
    for path in PACKAGED.rglob("*.yaml"):
        parse_yaml(path)
    shipped_lexicon()
    spell("名")
    load_policy(Instance(PACKAGED.parent / "no-instance", Settings()))
    gc.collect()
    gc.freeze()  # a search for garbage would copy every page of what is loaded into each fork


def fork(work: Callable[[], object], *, log: Path) -> int:
    """Do ``work`` in a fork and return its number."""
    pid = os.fork()
    if pid:
        return pid
    with log.open("a", encoding="utf-8") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001  the child must never come back into the parent's code
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def ended(pid: int) -> int:
    """Wait for a fork; return its exit code, or minus the signal that killed it."""
    status = os.waitpid(pid, 0)[1]
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
