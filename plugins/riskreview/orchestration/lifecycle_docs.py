"""Owns the generated page about the states of everything that has some."""

from riskreview.crm.lifecycle import WRITE
from riskreview.events.lifecycle import EVENT
from riskreview.gate.lifecycle import PROPOSAL as POLICY_PROPOSAL
from riskreview.identity.lifecycle import PROPOSAL
from riskreview.measures.lifecycle import MEASURE
from riskreview.mechanisms import lifecycle
from riskreview.models.lifecycle import MODEL
from riskreview.monitoring.lifecycle import SIGNAL
from riskreview.opinions.lifecycle import OPINION
from riskreview.playbooks.lifecycle import ACTIVATION, STEP
from riskreview.privacy.lifecycle import ERASURE, HOLD
from riskreview.reviews.lifecycle import CADENCE, REVIEW
from riskreview.screening.lifecycle import MATCH
from riskreview.team.lifecycle import CAMPAIGN, TRAINING

LIFECYCLES = (
    EVENT,
    SIGNAL,
    REVIEW,
    CADENCE,
    MEASURE,
    ACTIVATION,
    STEP,
    OPINION,
    MATCH,
    PROPOSAL,
    MODEL,
    POLICY_PROPOSAL,
    WRITE,
    TRAINING,
    CAMPAIGN,
    ERASURE,
    HOLD,
)
"""Every thing that has states."""


def reference_page() -> str:
    """Return docs/reference/lifecycles.md."""
    return lifecycle.reference_page(LIFECYCLES)
