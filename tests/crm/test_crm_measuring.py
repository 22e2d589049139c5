"""Reading a large CRM costs a handful of calls more than the fewest possible, however many records there are."""

import pytest
from tests.crm.conftest import NOON

from riskreview.crm.measuring import measure


@pytest.mark.deep
@pytest.mark.long
def test_no_way_of_reading_makes_more_than_three_calls_beyond_the_fewest_whatever_the_size():
    small, large = ({item.way: item for item in measure(accounts, NOON)} for accounts in (1_500, 4_000))

    assert set(small) == {"query", "list", "bulk", "fxiaoke"}
    for way, found in large.items():
        assert found.calls - found.least == small[way].calls - small[way].least <= 3, way
        assert found.records == 4_000
