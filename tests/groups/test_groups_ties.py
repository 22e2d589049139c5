"""Ties between customers as facts tell them: on a day, as known at a moment, through other systems and merges, and as they end."""

from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import text
from tests.facts.batches import START, customer, publish, snapshot_mapping, stage, write_rejected

from riskreview.assessment.use_cases import assess_portfolio
from riskreview.facts.merging import merge_customers
from riskreview.facts.reading import open_facts
from riskreview.facts.use_cases import current_pins, pins_at, publish_batch
from riskreview.foundation.clock import midnight_utc
from riskreview.groups import ties
from riskreview.groups.ties import read_ties

pytestmark = pytest.mark.database
DAY = date(2026, 6, 30)


def owns(number, owner, owned, share, **more):
    return {
        "relation_id": number,
        "customer_id": owned,
        "kind": "ownership",
        "party_id": owner,
        "share_pct": share,
        **more,
    }


def guards(number, guarantor, debtor, amount, **more):
    return {"relation_id": number, "customer_id": debtor, "kind": "guarantee", "party_id": guarantor, "amount": amount,
            "currency": more.pop("currency", "CNY"), **more}  # fmt: skip


@pytest.fixture
def names(services, clock):
    """Five firms of the ERP and one of the CRM, which has a number of its own."""
    clock.moment = midnight_utc(DAY) + timedelta(hours=8)
    publish(services, {"customers": [customer(name) for name in "ABCDE"]}, as_of=DAY)
    publish(
        services,
        {"customers": [customer("X", tax_id="DE136695976", country="DE")]},
        as_of=DAY,
        system="crm",
        source="crm",
    )
    return partial(called_keys, services)


def called_keys(services):
    with services.engine.connect() as connection:
        rows = connection.execute(text("SELECT account_id, customer_key FROM account"))
        return {row.customer_key: row.account_id for row in rows}


def groups(services, names, *, as_of=DAY, pins=None, keep=False):
    ties = read_ties(services, pins=pins or current_pins(services), as_of=as_of, keep=keep)
    called, found = names(), {}
    for member, group in zip(ties.member.tolist(), ties.group.tolist(), strict=True):
        found.setdefault(group, []).append(called[member])
    return sorted("".join(sorted(one)) for one in found.values())


def test_a_relation_holds_from_its_first_to_its_last_day(services, names):
    publish(
        services, {"relations": [owns("1", "A", "B", 60, valid_from=DAY, valid_to=DAY + timedelta(days=9))]}, as_of=DAY
    )

    days = [DAY + timedelta(days=days) for days in (-1, 0, 9, 10)]
    assert [groups(services, names, as_of=day) for day in days] == [[], ["AB"], ["AB"], []]


def test_what_was_known_at_a_moment_stays_when_a_later_batch_corrects_it(services, names):
    publish(
        services,
        {"relations": [owns("1", "A", "B", 60, valid_from=DAY)]},
        as_of=DAY,
        received=START + timedelta(days=1),
    )
    publish(
        services,
        {"relations": [owns("1", "A", "B", 40, valid_from=DAY)]},
        as_of=DAY,
        received=START + timedelta(days=100),
    )

    with services.engine.begin() as connection:
        connection.execute(text("UPDATE fact_batch SET published_at = known_at"))
        connection.execute(text("UPDATE register_version SET known_at = :at"), {"at": START})
    assert groups(services, names) == []
    assert groups(services, names, pins=pins_at(services, known_at=START + timedelta(days=2))) == ["AB"]


def test_a_snapshot_that_no_longer_names_a_relation_ends_it_unless_one_of_its_rows_was_refused(services, names):
    snapshot_mapping(services, "erp_feed")
    feed = {"as_of": DAY, "source": "erp_feed"}
    publish(services, {"relations": [owns("1", "A", "B", 60), owns("2", "C", "D", 60)]}, **feed)
    later = DAY + timedelta(days=1)
    batch = stage(services, {"relations": [owns("2", "C", "D", 60)]}, as_of=later, source="erp_feed")
    write_rejected(services.instance.staging / str(batch), "relations", "refused", [(9, "?")])
    publish_batch(services, batch_id=batch)
    assert groups(services, names, as_of=later) == ["AB", "CD"]

    last = DAY + timedelta(days=2)
    publish(services, {"relations": [owns("2", "C", "D", 60)]}, as_of=last, source="erp_feed")
    assert groups(services, names, as_of=last) == ["CD"]
    assert groups(services, names, as_of=later) == ["AB", "CD"]


def test_an_owner_of_another_system_is_found_by_its_number_and_a_merge_is_followed(services, names):
    publish(services, {"relations": [
        owns("1", "H1", "A", 80, party_tax_id="DE 136 695 976", party_country="DE", party_name="Holding"), owns("2", "H2", "B", 70),
        owns("3", "H2", "C", 70), guards("4", "D", "E", 10),
    ]}, as_of=DAY)  # fmt: skip
    assert groups(services, names) == ["AX", "BC"]

    keys = {name: key for key, name in names().items()}
    with services.engine.begin() as connection:
        merge_customers(connection, [(keys["D"], keys["E"])], basis="accepted_proposal", reference="proposal:1", actor="me",
                        at=services.clock.now())  # fmt: skip
    ties = read_ties(services, pins=current_pins(services), as_of=DAY)
    assert (ties.guaranteed.tolist(), ties.guarantor.tolist()) == ([], []), "nobody guarantees for itself"


def test_an_assessment_stores_relations_and_groups_and_repeating_it_changes_neither(services, names):
    publish(
        services,
        {"relations": [owns("1", "A", "B", 60), owns("2", "B", "C", 60), guards("3", "E", "D", 70)]},
        as_of=DAY,
    )

    assess_portfolio(services, as_of=DAY, run_id=1)
    first = stored(services)
    assess_portfolio(services, as_of=DAY, run_id=2)

    assert stored(services) == first
    assert len({row.group_id for row in first[0]}) == 1
    assert "".join(names()[row.customer_key] for row in first[0]) == "ABC"
    assert sorted(row.kind for row in first[1]) == ["guarantee", "ownership", "ownership"]


def stored(services):
    with services.engine.connect() as connection:
        members = connection.execute(
            text("SELECT group_id, customer_key, xmin::text FROM group_member ORDER BY 2")
        ).all()
        relations = connection.execute(
            text("SELECT kind, party_key, customer_key, xmin::text FROM current_relation ORDER BY item_key")
        )
        return members, relations.all()


def test_relations_are_read_from_the_facts_again_only_when_what_they_follow_from_changed(services, names, monkeypatch):
    publish(services, {"relations": [owns("R1", "A", "B", 60)]}, as_of=DAY)
    read = []
    monkeypatch.setattr(ties, "open_facts", lambda *a, **more: read.append(1) or open_facts(*a, **more))
    first = groups(services, names, keep=True)
    again = groups(services, names, keep=True)
    counted = [len(read)]
    publish(services, {"external_signals": [{"signal_id": "S1", "customer_id": "A", "signal_type": "litigation", "provider": "bureau",
                                             "observed_on": DAY, "severity": 50}]}, as_of=DAY, source="bureau")  # fmt: skip
    groups(services, names, keep=True)
    counted.append(len(read))
    groups(services, names, as_of=DAY + timedelta(days=1), keep=True)
    counted.append(len(read))
    publish(services, {"relations": [owns("R2", "C", "D", 60)]}, as_of=DAY, source="more")
    more = groups(services, names, keep=True)
    counted.append(len(read))

    assert first == again
    assert counted == [1, 1, 2, 3]
    assert len(more) == 2 * len(first)
