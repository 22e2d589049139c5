"""A step that names a measure brings it with it: granted beforehand where hours count, done or dropped with the step, never in a drill."""

from datetime import date

import pytest
from tests.reviews.portfolio import add_customers, raise_signal, rows

from riskreview.foundation.errors import BadInput, RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures import carrying_out, deciding
from riskreview.playbooks import response
from riskreview.playbooks.drills import start_drill
from riskreview.playbooks.use_cases import activate_playbooks
from riskreview.policy.playbook import load_playbook

pytestmark = pytest.mark.database
JULY = date(2026, 7, 1)
LEAD, OTHER = "zhao.min", "yang.li"


def start(services: Services, rule: str, risk_class: int = 5) -> int:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": risk_class}], as_of=JULY)
    raise_signal(services.engine, 1, rule, on=JULY)
    activate_playbooks(services, as_of=JULY, run_id=1)
    activate_playbooks(services, as_of=JULY, run_id=2)
    return int(rows(services.engine, "SELECT activation_id FROM activation")[0]["activation_id"])  # type: ignore[call-overload]  # a number of the database


def measure(services: Services) -> dict[str, object]:
    (found,) = rows(services.engine, "SELECT * FROM measure")
    return dict(found)


def end(services: Services, activation: int, verb: str, step: str, *, actor: str = LEAD, **said: str) -> None:
    row = rows(services.engine, "SELECT version FROM step WHERE step_id = :s", s=step)[0]
    getattr(response, verb)(
        services, activation_id=activation, step_id=step, version=row["version"], actor=actor, **said
    )


def test_an_emergency_hold_is_granted_beforehand_and_in_force_when_its_step_is_done(services: Services) -> None:
    activation = start(services, "payment_default")

    found = measure(services)
    assert (found["kind"], found["state"], found["pre_approved"], found["approved_by"]) == (
        "order_hold",
        "approved",
        True,
        None,
    )
    with pytest.raises(RuleViolation, match="finish that step"):
        carrying_out.implement(
            services, measure_id=found["measure_id"], version=found["version"], actor=LEAD, evidence="x"
        )  # type: ignore[arg-type]  # numbers of the database
    end(services, activation, "finish", "hold_orders", evidence="Orders 7 to 12 held at 09:12")

    found = measure(services)
    assert (found["state"], found["implemented_by"], found["evidence"]) == (
        "in_force",
        LEAD,
        "Orders 7 to 12 held at 09:12",
    )
    assert found["expires_on"] > JULY  # type: ignore[operator]  # a date of the database


@pytest.mark.parametrize("verb", ["not_doing", "stand_down"])
def test_a_step_that_is_not_done_takes_its_measure_back(services: Services, verb: str) -> None:
    activation = start(services, "payment_default")

    if verb == "not_doing":
        end(services, activation, "not_doing", "hold_orders", reason="Everything is prepaid.")
    else:
        response.stand_down(
            services, activation_id=activation, version=1, actor=OTHER, reason="It was a wrong booking."
        )

    assert measure(services)["state"] == "withdrawn"


def test_what_holds_a_customer_through_a_plan_that_was_not_needed_is_another_persons_to_reverse(
    services: Services,
) -> None:
    activation = start(services, "payment_default")
    end(services, activation, "finish", "hold_orders", evidence="Orders 7 to 12 held at 09:12")
    response.stand_down(services, activation_id=activation, version=1, actor=OTHER, reason="It was a wrong booking.")

    found = measure(services)
    assert (found["state"], found["reversal_asked_by"]) == ("reversal_asked", OTHER)
    assert "It was a wrong booking." in str(found["reversal_reason"])
    (duty,) = rows(services.engine, "SELECT owner FROM duty WHERE kind LIKE 'measure_reversal%' AND state = 'open'")
    assert duty["owner"] != OTHER


def test_what_is_not_granted_beforehand_waits_for_others_than_who_will_do_it(services: Services) -> None:
    activation = start(services, "order_collapse", risk_class=2)
    found = measure(services)
    assert (found["kind"], found["state"], found["implementer"]) == ("cut_limit", "proposed", LEAD)
    seller = str(rows(services.engine, "SELECT owner FROM step WHERE step_id = 'sales_contact'")[0]["owner"])
    end(services, activation, "finish", "sales_contact", actor=seller, evidence="Note of the talk")

    with pytest.raises(RuleViolation, match="waits for the approval of its measure"):
        end(services, activation, "finish", "cut_limit", evidence="Limit cut")
    deciding.approve(services, measure_id=found["measure_id"], version=found["version"], actor=OTHER, reason="Agreed.",
                     digest=found["digest"])  # type: ignore[arg-type]  # values of the database  # fmt: skip
    end(services, activation, "finish", "cut_limit", evidence="Limit cut")

    assert measure(services)["state"] == "in_force"


def test_a_plan_starts_without_a_measure_that_nobody_could_approve_and_says_so(services: Services) -> None:
    alone = "persons: [{id: ann, name: Ann, roles: [executive, cfo, credit_manager, risk_owner, sales]}]\n"
    (services.instance.home / "policies" / "team.yaml").write_text(
        f"final_duty_role: executive\n{alone}", encoding="utf-8"
    )

    activation = start(services, "order_collapse", risk_class=2)

    assert rows(services.engine, "SELECT * FROM measure") == []
    told = rows(
        services.engine,
        "SELECT audience FROM outbox_event WHERE event_key = 'nobody_available:credit_manager:2026-07-01'",
    )
    assert told == [{"audience": ["ann"]}]
    end(services, activation, "finish", "sales_contact", actor="ann", evidence="Note of the talk")


def test_a_drill_changes_nothing_outside(services: Services) -> None:
    start_drill(services, playbook_id="PB1")

    assert rows(services.engine, "SELECT * FROM step") != []
    assert rows(services.engine, "SELECT * FROM measure") == []


def test_a_step_names_a_measure_of_the_catalogue(services: Services) -> None:
    shipped = services.instance.configuration_file("playbooks", "pb1_payment_default.yaml")
    own = services.instance.home / "playbooks" / "pb1_payment_default.yaml"
    own.write_text(
        shipped.read_text(encoding="utf-8").replace("measure: order_hold", "measure: shout"), encoding="utf-8"
    )

    with pytest.raises(BadInput) as error:
        load_playbook(own)
    assert error.value.code == "E-PLAYBOOK-MEASURE"
