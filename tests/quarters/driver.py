"""Plays quarters of a small company against the real rooms, and after each holds every invariant against plain counting.

A seeded course of events: people who act well, badly, late or not at all, a clock that jumps, passes that run twice or not at all or look
back, and a mail server that is sometimes busy.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tests.notifications.loopback import MailServer
from tests.reviews.portfolio import add_customers, assess, change_class, raise_signal, rows

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import RiskReviewError
from riskreview.foundation.services import Services
from riskreview.measures.passing import pass_day
from riskreview.notifications.use_cases import deliver, escalate
from riskreview.playbooks import response
from riskreview.playbooks.response import AfterAction
from riskreview.playbooks.use_cases import activate_playbooks
from riskreview.policy.fiscal import FiscalYear
from riskreview.policy.team import load_team
from riskreview.reviews import analysis, decisions, finishing, records
from riskreview.reviews.use_cases import open_due_reviews
from riskreview.team import campaign

START = date(2026, 1, 2)
MONTHS = {2: 6, 3: 3, 4: 3, 5: 3}
"""How often each class is reviewed at least, as the shipped policy says."""

RULES = ("payment_default", "insolvency", "order_collapse")
CUSTOMERS = 8
ENDED = ("closed", "cancelled")
Row = dict[str, Any]


@dataclass
class Quarters:
    """One course of events; the same seed plays the same one."""

    services: Services
    clock: FixedClock
    mail: MailServer
    seed: int
    classes: dict[int, int] = field(default_factory=dict)
    did: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  a course of events, no secret
        self.day = START
        self.people = [person.id for person in load_team(self.services.instance).persons]
        self.classes = {key: self.chance.choice((1, 2, 3, 4)) for key in range(1, CUSTOMERS + 1)}
        self.set_clock()
        add_customers(
            self.services.engine, [{"customer_key": k, "risk_class": c} for k, c in self.classes.items()], as_of=START
        )

    def rows(self, statement: str, **values: object) -> list[Row]:
        return [dict(row) for row in rows(self.services.engine, statement, **values)]

    def play(self, quarters: int) -> None:
        for _ in range(quarters):
            period = FiscalYear().period_of(self.day, 3)
            while self.day < period.ends_before:
                self.tick()
            self.settle_mail()
            self.check()
            self.sign_off(period.key)

    def tick(self) -> None:
        """A week of the company, or forty days in which nothing ran."""
        self.happen()
        self.passes()
        for review in self.rows("SELECT * FROM review WHERE state NOT IN ('closed', 'cancelled') ORDER BY review_id"):
            self.work_on(review)
        for row in self.rows(
            "SELECT * FROM activation WHERE state NOT IN ('closed', 'stood_down') ORDER BY activation_id"
        ):
            self.respond(row)
        self.day += timedelta(days=40 if self.chance.random() < 0.03 else 7)
        self.set_clock()

    def happen(self) -> None:
        """Let classes change, emergencies arise and end."""
        for key, old in list(self.classes.items()):
            if self.chance.random() < 0.06:
                new = self.chance.choice([word for word in (1, 2, 3, 4, 5) if word != old])
                change_class(self.services.engine, key, old=old, new=new, on=self.day)
                self.classes[key] = new
        with self.services.engine.begin() as connection:
            assess(connection, [{"customer_key": k, "as_of": self.day, "risk_class": c, "class_since": START, "exposure": 1000.0}
                                for k, c in self.classes.items()])  # fmt: skip
            connection.exec_driver_sql("UPDATE signal SET state = 'cleared', cleared_on = last_seen_on WHERE opened_on < %s"
                                       " AND state <> 'cleared'", (self.day - timedelta(days=60),))  # fmt: skip
        if self.chance.random() < 0.08:
            key, rule = self.chance.randint(1, CUSTOMERS), self.chance.choice(RULES)
            if not self.rows(
                "SELECT 1 FROM signal WHERE customer_key = :k AND rule_id = :r AND state <> 'cleared'", k=key, r=rule
            ):
                raise_signal(self.services.engine, key, rule, on=self.day)

    def passes(self) -> None:
        """Run the stages as Airflow does: each at least once, some twice; an earlier day is looked at again now and then."""
        if self.chance.random() < 0.1:
            open_due_reviews(self.services, as_of=self.day - timedelta(days=self.chance.choice((7, 90))), run_id=1)
        open_due_reviews(self.services, as_of=self.day, run_id=1)
        assert open_due_reviews(self.services, as_of=self.day, run_id=2).opened == 0
        activate_playbooks(self.services, as_of=self.day, run_id=1)
        if self.chance.random() < 0.3:
            assert activate_playbooks(self.services, as_of=self.day, run_id=2).activated == 0
        self.everybody_is_covered()
        escalate(self.services)
        pass_day(self.services)
        self.mail.busy = self.chance.random() < 0.2
        deliver(self.services)
        if self.chance.random() < 0.3:
            deliver(self.services)

    def everybody_is_covered(self) -> None:
        """The plain model of the cadence: whoever must be reviewed has an open review, or had one in the period that runs."""
        reviews = self.rows("SELECT customer_key, state, opened_on FROM review")
        for key, word in self.classes.items():
            if word not in MONTHS:
                continue
            begin = FiscalYear().period_of(self.day, MONTHS[word]).starts_on
            own = [row for row in reviews if row["customer_key"] == key]
            assert any(row["state"] not in ENDED or row["opened_on"] >= begin for row in own), (
                self.seed,
                self.day,
                key,
            )

    def act(self, verb: Callable[..., int], **values: object) -> bool:
        """Do something the rules may refuse; what they refuse changes nothing."""
        try:
            verb(self.services, **values)
        except RiskReviewError:
            self.did[f"refused {verb.__name__}"] += 1
            return False
        self.did[verb.__name__] += 1
        return True

    def work_on(self, review: Row) -> None:
        """Take the next usual step, often too late; now and then somebody else tries something."""
        mood = self.chance.random()
        if mood < 0.35:
            return
        who = self.chance.choice(self.people) if mood > 0.9 else str(review["owner"])
        at: Row = {"review_id": review["review_id"], "version": review["version"], "actor": who}
        state = review["state"]
        if state in {"assigned", "changes_requested", "reopened"}:
            self.answer_all(review, who)
            version = self.rows("SELECT version FROM review WHERE review_id = :n", n=review["review_id"])[0]["version"]
            self.act(analysis.start_analysis, **{**at, "version": version})
        elif state == "in_analysis":
            measures = self.chance.choice(((), ("cut_limit",), ("support", "visit")))
            self.act(analysis.recommend, **at, recommendation="As the figures say.", measures=measures)
        elif state == "recommended":
            self.act(analysis.submit, **at)
        elif state == "in_approval":
            self.decide(review, at, by_anybody=mood > 0.9)
        elif state in {"approved", "implementing", "rejected"}:
            self.finish(review, at)

    def answer_all(self, review: Row, who: str) -> None:
        items = self.rows("SELECT items FROM review_checklist WHERE digest = :d", d=review["checklist_digest"])[0][
            "items"
        ]
        for number, item in enumerate(items):
            self.act(analysis.answer, review_id=review["review_id"], version=review["version"] + number, actor=who, item=item["id"],
                     answer="yes", evidence="annual report, p. 12")  # fmt: skip

    def decide(self, review: Row, at: Row, *, by_anybody: bool) -> None:
        with self.services.engine.connect() as connection:
            steps = records.approval_steps(connection, review["review_id"], review["approval_round"])
        asked = next((step.asked for step in steps if step.state == "open"), None)
        actor = at["actor"] if by_anybody else asked
        digest = decisions.proposal_digest(
            review["snapshot_sha256"], review["measures"], review["recommendation"], review["terms_sha256"]
        )
        verb = self.chance.choices((decisions.approve, decisions.return_review, decisions.reject), (8, 1, 1))[0]
        self.act(verb, **{**at, "actor": actor}, reason="Agreed or not.", digest=digest)

    def finish(self, review: Row, at: Row) -> None:
        if review["state"] == "approved" and review["measures"]:
            doer = self.rows("SELECT owner FROM duty WHERE kind LIKE 'review_implementation%' AND subject_id = :s AND state <> 'done'"
                             " ORDER BY duty_id DESC LIMIT 1", s=str(review["review_id"]))  # fmt: skip
            self.act(finishing.implement, **{**at, "actor": doer[0]["owner"] if doer else at["actor"]})
            return
        doer = review["implemented_by"] or at["actor"]
        outcome = "useful_alert" if review["kind"] == "event" else None
        self.act(finishing.close, **{**at, "actor": doer}, outcome=outcome, evidence="letter to the customer")

    def respond(self, row: Row) -> None:
        """Work an emergency plan off: steps, then the activation."""
        if self.chance.random() < 0.3:
            return
        key, leader = row["activation_id"], row["owner"]
        for step in self.rows(
            "SELECT * FROM step WHERE activation_id = :k AND state NOT IN ('done', 'not_doing') ORDER BY position",
            k=key,
        ):
            if self.chance.random() < 0.7:
                self.act(response.finish, activation_id=key, step_id=step["step_id"], version=step["version"], actor=step["owner"],
                         evidence="minutes of the meeting")  # fmt: skip
        at: Row = {"activation_id": key, "version": row["version"], "actor": leader}
        if row["state"] == "triggered" and self.chance.random() < 0.15:
            any(
                self.act(response.stand_down, **{**at, "actor": person}, reason="A false alarm.")
                for person in self.people
            )
        elif row["state"] == "resolved":
            self.act(response.look_back, **at, record=AfterAction("Call sooner."))
        elif row["state"] == "after_action":
            any(self.act(response.close, **{**at, "actor": person}) for person in self.people)
        elif row["state"] in NEXT:
            self.act(NEXT[row["state"]], **at)

    def set_clock(self) -> None:
        self.clock.moment = datetime.combine(self.day, time(2), tzinfo=UTC)

    def settle_mail(self) -> None:
        """Let the mail server recover and everything that waits arrive."""
        self.mail.busy = False
        for _ in range(8):
            self.clock.moment += timedelta(minutes=20)
            if deliver(self.services).waiting == 0:
                return
        raise AssertionError(f"seed {self.seed}: messages still wait on {self.day}")

    def sign_off(self, key: str) -> None:
        """Except what is overdue, one by one, and sign; the counts are those of plain counting."""
        self.clock.moment = max(self.clock.moment, datetime.combine(self.day + timedelta(days=1), time(2), tzinfo=UTC))
        found = campaign.count(self.services, as_of=self.day)
        if found.period != key:  # a pause reached over a whole quarter
            return
        late = [item["duty_id"] for item in found.figures.overdue if item["reason"] is None]
        if late:
            assert not self.act_on_campaign(found)
        for number in late:
            found = campaign.except_duty(
                self.services, period=key, duty_id=int(number), reason="Known to the board.", actor="zhao.min"
            )
        assert self.act_on_campaign(found)
        self.did["signed"] += 1

    def act_on_campaign(self, found: campaign.Campaign) -> bool:
        try:
            campaign.sign(self.services, period=found.period, digest=found.digest, actor="yang.li")
        except RiskReviewError:
            return False
        return True

    def check(self) -> None:
        """Hold every invariant against what is stored and what arrived."""
        where = (self.seed, self.day)
        with self.services.engine.connect() as connection:
            assert verify(connection).first_bad is None, where
        assert not [name for name, statement in WRONG.items() if self.rows(statement)], (
            where, {name: found[:3] for name, statement in WRONG.items() if (found := self.rows(statement))})  # fmt: skip
        accepted = self.rows(
            "SELECT ref, count(*) AS n FROM message WHERE state = 'accepted' AND channel = 'mail' GROUP BY ref, recipient"
        )
        arrived = Counter((mail["X-Riskreview-Ref"], mail["To"]) for mail in self.mail.mails)
        assert (set(arrived.values()) <= {1}, len(arrived)) == (True, len(accepted)), where


NEXT: dict[str, Callable[..., int]] = {
    "triggered": response.acknowledge_activation,
    "acknowledged": response.contain,
    "contained": response.recover,
    "recovering": response.resolve,
}

WRONG = {
    "I1 two reviews of one period": """SELECT customer_key FROM review GROUP BY customer_key, policy_line, period_key HAVING count(*) > 1""",
    "I1 a plan twice for one trigger": """SELECT customer_key FROM activation GROUP BY playbook_id, customer_key, trigger_key HAVING count(*) > 1""",
    "I2 a review without its message": """SELECT review_id FROM review WHERE (SELECT count(*) FROM outbox_event AS e
        WHERE e.kind = 'review_opened' AND e.subject_id = review_id::text) <> 1""",
    "I2 a rung without its message": """SELECT duty_id FROM duty WHERE level <> (SELECT count(*) FROM outbox_event AS e
        WHERE e.event_key LIKE 'duty:' || duty_id || ':%')""",
    "I2 somebody of an audience has no message": """SELECT outbox_id FROM outbox_event AS e WHERE suppressed_reason IS NULL AND expanded_at IS NOT NULL
        AND cardinality(audience) <> (SELECT count(DISTINCT recipient) FROM message_item AS i WHERE i.outbox_id = e.outbox_id)""",
    "I3 a message that is neither ended nor due": """SELECT message_id FROM message WHERE state NOT IN ('accepted', 'queued', 'refused', 'unknown', 'overtaken')""",
    "I3 an attempt without outcome": "SELECT message_id FROM message_attempt WHERE outcome IS NULL",
    "I6 a version that is not the count of its events": """SELECT review_id FROM review WHERE version <> (SELECT count(*) FROM audit_event AS a
        WHERE a.subject_type = 'review' AND a.subject_id = review_id::text)""",
    "I7 one person proposed and decided": """SELECT review_id FROM review WHERE decided_by = proposed_by OR implemented_by = decided_by""",
    "I7 one person decided two steps": """SELECT review_id FROM review_approval WHERE decided_by IS NOT NULL
        GROUP BY review_id, round, decided_by HAVING count(*) > 1""",
    "I7 approved without all steps": """SELECT review_id FROM review WHERE state IN ('approved', 'implementing') AND approval_steps <> (
        SELECT count(*) FROM review_approval AS s WHERE s.review_id = review.review_id AND s.round = review.approval_round AND s.state = 'approved')""",
    "a measure in force beyond its last day": """SELECT measure_id FROM measure WHERE state IN ('in_force', 'reversal_asked')
        AND effect <> 'constrains' AND expires_on < (SELECT max(as_of) FROM current_assessment)""",
    "an ended review with a measure nobody carried out": """SELECT measure_id FROM measure INNER JOIN review USING (review_id)
        WHERE review.state IN ('closed', 'cancelled') AND measure.state IN ('proposed', 'approved')""",
    "I11 a rung after the duty was done": """SELECT duty_id FROM duty INNER JOIN outbox_event AS e ON e.event_key LIKE 'duty:' || duty_id || ':%'
        WHERE duty.state IN ('done', 'cancelled') AND e.created_at > duty.closed_at""",
    "I11 a duty without owner": "SELECT duty_id FROM duty WHERE owner IS NULL OR owner = ''",
    "an ended review with an open duty": """SELECT review_id FROM review INNER JOIN duty ON subject_type = 'review' AND subject_id = review_id::text
        WHERE review.state IN ('closed', 'cancelled') AND duty.state IN ('open', 'exhausted')""",
    "an ended plan with an open duty": """SELECT activation_id FROM activation INNER JOIN duty ON subject_type = 'activation'
        AND subject_id = activation_id::text WHERE activation.state IN ('closed', 'stood_down') AND duty.state IN ('open', 'exhausted')""",
    "an open step without a duty": """SELECT step_key FROM step WHERE state NOT IN ('done', 'not_doing') AND NOT EXISTS (SELECT 1 FROM duty
        WHERE kind = 'step' AND subject_id = step_key::text AND duty.state IN ('open', 'exhausted'))""",
    "an open review without a duty": """SELECT review_id FROM review WHERE state NOT IN ('closed', 'cancelled', 'approved', 'rejected') AND NOT EXISTS (
        SELECT 1 FROM duty WHERE subject_type = 'review' AND subject_id = review_id::text AND duty.state IN ('open', 'exhausted'))""",
}
"""What must never be found, by name; I1 to I11 are the invariants of docs/reference/faults.md."""
