"""A pack says what moved since the assessment before and what would lead back, in both languages, frozen with the facts."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.assessment.portfolios import AS_OF, frame

from riskreview.assessment.use_cases import assess_frame
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database
NEXT = AS_OF + timedelta(days=1)


def test_a_pack_explains_the_class_it_is_about(services):
    with services.engine.begin() as connection:
        for key in (1, 2):
            connection.execute(
                text("INSERT INTO customer (customer_key, customer_id, known_at) VALUES (:k, 'C' || :k, now())"),
                {"k": key},
            )
    assess_frame(services, frame({"P2": 12}, {}), feeds=(), as_of=AS_OF, run_id=1)
    assess_frame(services, frame({"P2": 12, "P1": 75, "T2": -40}, {"insolvency": 1}), feeds=(), as_of=NEXT, run_id=2)

    open_due_reviews(services, as_of=NEXT, run_id=3)

    with services.engine.connect() as connection:
        rows = connection.execute(text("SELECT convert_from(pack, 'UTF8') FROM review ORDER BY customer_key")).scalars()
        late, insolvent = (json.loads(row) for row in rows)
    assert [part["id"] for part in late["movement"]["contributions"]] == ["P1", "T2"]
    assert sum(part["micro"] for part in late["movement"]["contributions"]) == late["movement"]["index_micro"] > 0
    assert late["movement"]["since"] == AS_OF.isoformat()
    assert all(way["sentence"]["en"].startswith("back to low") for way in late["ways_back"])
    assert all("回到低" in way["sentence"]["zh"] for way in late["ways_back"])
    assert late["ways_back"]
    assert insolvent["ways_back"] == []
