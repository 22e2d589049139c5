"""A delivery is read again from its bytes by the mapping of then; bytes or a mapping that were altered since are named."""

from pathlib import Path

import pytest
from sqlalchemy import text

from riskreview.evidence.replay_batches import replay_batch
from riskreview.foundation.services import Services
from riskreview.intake.use_cases import land_inbox

MAPPING = """source: accounts
system: erp
stage: crm
title: {en: "Accounts", zh: "账户"}
read: {path: "accounts*"}
datasets: {customers: {columns: {customer_id: id, name: name}}}
"""


@pytest.mark.database
def test_a_delivery_is_read_again_by_the_mapping_of_then(services: Services) -> None:
    mapping = services.instance.home / "mappings" / "accounts.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    (Path(services.instance.inbox) / "accounts_20260630.csv").write_text("id,name\nA,Alpha\n,Beta\n", encoding="utf-8")
    (batch,) = land_inbox(services)

    mapping.write_text(MAPPING.replace("customer_id: id, name: name", "customer_id: name, name: id"), encoding="utf-8")
    again = replay_batch(services, batch_id=batch.batch_id)
    (raw,) = (path for path in (services.instance.home / "raw").glob("??/*") if path.is_file())
    content = raw.read_bytes()
    raw.write_bytes(content.replace(b"Beta", b"Bela"))
    altered = replay_batch(services, batch_id=batch.batch_id)
    raw.write_bytes(content)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE mapping_text SET content = replace(content, '\"crm\"', '\"finance\"')"))

    assert again.is_equal, again.sentence()
    assert "the raw zone holds other bytes" in altered.problem
    assert "was altered since it was used" in replay_batch(services, batch_id=batch.batch_id).problem
