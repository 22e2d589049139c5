"""A fact table carries the number of its format; a program refuses one it does not know."""

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from riskreview.facts.delta_tables import append, open_table, table_uri
from riskreview.facts.table_format import FORMAT
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import Instance

ROWS = pa.table({"batch_id": [1]})


def test_a_table_says_its_format_and_one_without_is_of_the_first(instance: Instance):
    append(instance, "new", ROWS.to_reader(), batch_id=1)
    write_deltalake(table_uri(instance, "old"), ROWS)

    found = open_table(instance, "new")

    assert found is not None
    assert found.metadata().description == f"riskreview format {FORMAT}"
    assert open_table(instance, "old") is not None


def test_a_table_of_a_newer_format_is_neither_read_nor_written(instance: Instance):
    write_deltalake(table_uri(instance, "later"), ROWS, description=f"riskreview format {FORMAT + 1}")
    refused = f"the fact table later has format {FORMAT + 1}, newer than the {FORMAT} this program knows"

    with pytest.raises(RuleViolation, match=refused):
        open_table(instance, "later")
    with pytest.raises(RuleViolation, match=refused):
        append(instance, "later", ROWS.to_reader(), batch_id=1)
