"""A file nobody described becomes assessed customers with the mapping that was proposed for it."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from riskreview.foundation.services import Services
from riskreview.intake.propose import propose_mapping
from riskreview.intake.use_cases import add_source
from riskreview.orchestration.loop import run_loop

EXTRACT = """Debitor;Name;Belegnummer;Belegdatum;Nettofälligkeit;Währung;Betrag in Belegwährung
100{n};Muster Nr. {n} GmbH;47{n}1;05.01.2026;04.02.2026;CNY;1.200,50
100{n};Muster Nr. {n} GmbH;47{n}2;12.02.2026;14.03.2026;CNY;980,00
"""


@pytest.mark.database
def test_a_proposed_mapping_takes_an_unknown_extract_to_scored_customers(services: Services, tmp_path: Path):
    head, first, second = EXTRACT.splitlines()
    lines = [line.replace("{n}", str(number)) for number in range(10, 40) for line in (first, second)]
    extract = Path(services.instance.inbox) / "offene_posten_20260401.csv"
    extract.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    proposed = tmp_path / "mapping.yaml"
    proposed.write_text(propose_mapping(extract, currency="EUR").yaml, encoding="utf-8")

    add_source(services.instance, proposed)
    counts = run_loop(services, as_of=date(2026, 4, 1))

    assert counts["ingest"]["files_refused"] == 0
    assert counts["ingest"]["quarantined"] == 0
    assert counts["recompute_risk"]["scored"] == 30
    with services.engine.connect() as connection:
        late = connection.execute(text("SELECT count(*) FROM current_assessment WHERE p1 > 30")).scalar_one()
    assert late == 30
