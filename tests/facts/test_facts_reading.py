"""Columns of a statement come as plain arrays, whatever is missing in them."""

from datetime import date

import duckdb
import numpy as np

from riskreview.facts.reading import _filled


def test_what_is_missing_is_nan_nat_or_none_by_the_kind_of_the_column() -> None:
    with duckdb.connect() as database:
        query = "SELECT * FROM (VALUES (1, DATE '2026-01-02', 'CN'), (NULL, NULL, NULL)) AS t (number, day, country)"
        found = {name: _filled(column) for name, column in database.sql(query).fetchnumpy().items()}

    assert found["number"][0] == 1
    assert np.isnan(found["number"][1])
    assert found["day"].astype("datetime64[D]").tolist() == [date(2026, 1, 2), None]
    assert found["country"].tolist() == ["CN", None]
