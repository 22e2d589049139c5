"""Owns the table of metrics: name, labels and meaning of each, and the statement that reads it. Nothing in it names a customer or a person."""

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "riskreview_"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric; every one is a gauge, because the database knows what is, and counts of the past are taken over a span.

    :param name: without the prefix.
    """

    name: str
    labels: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of ``include/sql/metrics``; its rows have a column for each label and each metric.

    :param metrics: column and meaning; NULL is no sample.
    """

    name: str
    labels: tuple[str, ...]
    metrics: Mapping[str, str]

    @property
    def families(self) -> tuple[Family, ...]:
        """The metrics the statement reads."""
        return tuple(Family(name, self.labels, meaning) for name, meaning in self.metrics.items())


STATEMENTS: tuple[Statement, ...] = (
    Statement("feeds", ("source",), {
        "feed_unreachable": "1 where a source did not answer and has brought nothing since.",
        "crm_last_pull_timestamp_seconds": "When a source was last read from its CRM to the end.",
    }),
    Statement("batches", ("source",), {
        "batches_held": "Deliveries the breaker holds; the last good facts stay in use.",
        "batches_held_oldest_seconds": "How long the oldest held delivery has waited.",
        "batches_refused_last_day": "Deliveries refused as a whole in the last 24 hours.",
    }),
    Statement("quarantine", ("source",), {
        "quarantined_rows": "Refused rows nobody has decided about.",
        "quarantine_oldest_seconds": "How long the oldest of them has waited.",
    }),
    Statement("duties", ("kind", "overdue"), {"open_duties": "Open duties by kind and by how long they are overdue."}),
    Statement("exhausted_duties", (), {"exhausted_duties": "Duties that went through every escalation and are still not done."}),
    Statement("reviews", ("risk_class",), {
        "open_reviews": "Reviews that are not ended.",
        "overdue_reviews": "Reviews nobody decided by their due day.",
    }),
    Statement("messages", ("channel", "state"), {
        "messages_waiting": "Messages that are neither accepted nor given up.",
        "messages_due_oldest_seconds": "How long the message that is due longest was not tried.",
    }),
    Statement("dead_messages", ("channel",), {
        "messages_dead": "Messages that were given up, ever.",
        "messages_dead_last_day": "Messages that were given up in the last 24 hours.",
    }),
    Statement("attempts", ("channel", "outcome"), {"message_attempts_last_hour": "What services answered in the last hour."}),
    Statement("outbox", (), {
        "outbox_events_waiting": "Events of which no messages were made yet.",
        "outbox_oldest_seconds": "How long the oldest of them has waited.",
    }),
    Statement("runs", ("stage",), {
        "run_last_finished_timestamp_seconds": "When a stage last finished; 0 where it never did.",
        "run_last_duration_seconds": "How long that run took.",
        "run_last_failed": "1 where the last run that ended has failed.",
        "run_running_seconds": "How long a run has been under way; 0 where none is.",
    }),
    Statement("audit", (), {
        "audit_events": "Events in the log.",
        "audit_verified_events": "Events that were verified and are covered by a signed checkpoint.",
        "audit_checkpoint_timestamp_seconds": "When the newest checkpoint was signed; 0 without one.",
        "audit_checkpoints_waiting": "Checkpoints that could not be brought outside the database.",
        "audit_checkpoints_waiting_seconds": "How long the oldest of them has waited.",
    }),
    Statement("invariants", ("invariant",), {
        "invariant_broken": "How many times an invariant was broken when they were last examined.",
        "invariant_checked_timestamp_seconds": "When that was.",
    }),
    Statement("events", (), {
        "events_waiting": "Single messages of sources that are not judged yet.",
        "events_oldest_seconds": "How long the oldest of them has waited.",
    }),
    Statement("crm_writes", ("connection", "state"), {"crm_writes": "Writes into CRMs that are under way, wait for a person or came to nothing."}),
    Statement("crm_use", ("connection",), {
        "crm_calls_last_day": "Calls to a CRM in the last 24 hours.",
        "crm_credits_last_day": "Credits of a CRM used in the last 24 hours.",
    }),
    Statement("policy", ("version", "digest"), {
        "policy_in_force": "Always 1; the labels name the policy in force.",
        "policy_in_force_since_timestamp_seconds": "Since when it is in force.",
    }),
    Statement("assessment", (), {
        "assessment_age_days": "Days since the business date of the assessment everybody reads.",
        "assessed_customers": "Customers it has.",
        "unexplained_customers": "Active customers the newest proof of completeness misses without a reason.",
    }),
    Statement("database", (), {
        "database_size_bytes": "Size of riskreview's own database.",
        "schema_version": "Number of the newest migration of the database.",
    }),
)  # fmt: skip
"""In the order they are written."""

FEED_STATES = ("fresh", "stale", "held", "never")
FEED_AGE = Family("feed_last_good_age_days", ("source",), "Days since the business date of the last good delivery.")
FEED_LATE = Family("feed_late_days", ("source",), "Days a delivery is late against what its mapping promises; 0 in time.")  # fmt: skip
FEED_STATE = Family("feed_state", ("source", "state"), f"1 for the state a feed is in, 0 for the others: {', '.join(FEED_STATES)}.")  # fmt: skip
MAPPINGS_REFUSED = Family("mappings_refused", (), "Mapping files that cannot be read.")
WRITTEN = Family("written_timestamp_seconds", (), "When these figures were read; an old file of a collector shows by it.")  # fmt: skip
INFO = Family("info", ("version",), "Always 1; the label names the program's version.")

FAMILIES: tuple[Family, ...] = (
    FEED_AGE, FEED_LATE, FEED_STATE, MAPPINGS_REFUSED, *(family for statement in STATEMENTS for family in statement.families), INFO, WRITTEN,
)  # fmt: skip
"""Every metric."""
