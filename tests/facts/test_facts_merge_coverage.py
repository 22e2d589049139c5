"""No table that speaks of a customer is forgotten by a merge: each is declared as followed or as a record of what was."""

import pytest
from sqlalchemy import text

from riskreview.facts.merging import FOLLOWED, KEPT

pytestmark = pytest.mark.database


def test_every_table_with_a_customer_key_says_what_a_merge_means_for_it(services):
    with services.engine.connect() as connection:
        found = connection.execute(text(
            "SELECT DISTINCT c.table_name FROM information_schema.columns AS c JOIN information_schema.tables AS t"
            " ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'"
            " WHERE c.table_schema = current_schema() AND (c.column_name LIKE '%customer_key%' OR c.column_name IN"
            " ('customer', 'merged_into', 'retired', 'survivor', 'party_key', 'parent_key', 'guarantor_key'))"
        )).scalars()  # fmt: skip
        tables = set(found)
    undeclared = tables - set(FOLLOWED) - KEPT
    assert not undeclared, f"say in facts/merging.py what a merge of customers means for {sorted(undeclared)}"
    assert set(FOLLOWED) | KEPT == tables, "a declared table is gone"
    assert not set(FOLLOWED) & KEPT
