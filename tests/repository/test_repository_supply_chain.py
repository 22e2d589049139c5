"""What the product is made of is locked, listed and under licences we may use."""

import importlib.util
import json
import zipfile
from datetime import date
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def supply_chain() -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location("supply_chain", ROOT / "tools" / "supply_chain.py")
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["supply_chain"] = module
    assert spec.loader is not None
    spec.loader.exec_module(module)
    return module


def test_every_installed_component_is_under_a_licence_of_the_list():
    chain = supply_chain()
    files = (*chain.SHIPPED, "requirements-dev")
    found = chain.components(files)

    assert {item.name: item.licence for item in found if item.licence and not item.is_allowed} == {}
    assert set(chain.REASONS) <= {item.name for item in found}, "a reason for what is no longer used"


def test_a_licence_that_binds_the_whole_is_not_allowed():
    chain = supply_chain()

    def allowed(licence: str) -> bool:
        return bool(chain.Component("x", "1", (), licence).is_allowed)

    assert not allowed("GPL-3.0-only")
    assert not allowed("MIT AND GPL-3.0-only")
    assert not allowed("Apache Software License|GNU General Public License v2 or later (GPLv2+)")
    assert not allowed("")
    assert allowed("GPL-3.0-only OR MIT")


def test_the_bill_of_materials_lists_every_locked_component_with_its_hashes():
    chain = supply_chain()
    document = chain.bill_of_materials()
    named = {item["name"] for item in document["components"]}

    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert {"apache-airflow", "pandas", "sqlalchemy", "psycopg2-binary", "great-expectations", "apprise"} <= named
    assert [item["name"] for item in document["components"] if not item["properties"]] == []


def test_a_copy_of_the_advisories_names_the_locked_versions_it_concerns_and_proves_nothing_when_it_is_old(
    tmp_path: Path, capsys
):
    chain = supply_chain()
    pandas = next(item.version for item in chain.components() if item.name == "pandas")

    def entry(number: int, name: str, **more: object) -> dict[str, object]:
        events = more.pop("events", [{"introduced": "0"}])
        return {"id": f"PYSEC-{number}", "modified": "2026-11-20T00:00:00Z", **more,
                "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]}  # fmt: skip

    def told(*entries: dict[str, object]) -> tuple[int, str]:
        path = tmp_path / "all.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for item in entries:
                archive.writestr(f"{item['id']}.json", json.dumps(item))
        return chain.tell_copy(path, today=date(2026, 11, 26)), capsys.readouterr().out

    harmless = (entry(1, "pandas", events=[{"introduced": "0"}, {"fixed": "0.1"}]), entry(2, "Not_Ours"),
                entry(3, "pandas", withdrawn="2026-01-01T00:00:00Z"))  # fmt: skip
    assert told(*harmless)[0] == 0
    unsorted = entry(5, "pandas", events=[{"fixed": "9999"}, {"introduced": pandas}])
    assert told(*harmless, unsorted) == (1, f"pandas {pandas}: PYSEC-5\n")
    assert told(*harmless, entry(4, "Pandas", events=[{"introduced": pandas}])) == (1, f"pandas {pandas}: PYSEC-4\n")
    old = {**harmless[0], "modified": "2026-01-01T00:00:00Z"}
    assert told(old)[0] == 2
    assert told()[0] == 2
    (tmp_path / "none.zip").write_bytes(b"x")
    assert chain.tell_copy(tmp_path / "none.zip", today=date(2026, 11, 26)) == 2
