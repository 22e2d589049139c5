"""A program's key stands for one request: it is begun once, answered alike, and refused where it is none."""

import pytest

from riskreview.console.repeats import Stored, begin, end
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services


def test_a_request_under_way_is_not_begun_again(services: Services) -> None:
    assert begin(services, user_id="u", key="k", request=b"a") is None
    with pytest.raises(Conflict, match="being worked on"):
        begin(services, user_id="u", key="k", request=b"a")

    end(services, user_id="u", key="k", answer=Stored(200, "done"))

    assert begin(services, user_id="u", key="k", request=b"a") == Stored(200, "done")
    assert begin(services, user_id="another", key="k", request=b"a") is None


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb"])
def test_a_key_too_long_or_unprintable_is_none(services: Services, key: str) -> None:
    with pytest.raises(RuleViolation, match="1 to 200"):
        begin(services, user_id="u", key=key, request=b"a")
