"""Owns what the playbooks room answers its callers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActivationCounts:
    """What one pass did.

    :param activated: playbooks started now.
    :param steps: steps assigned by them.
    :param already_active: emergencies whose playbook had been started before.
    :param without_playbook: emergencies no playbook answers to.
    """

    activated: int
    steps: int
    already_active: int
    without_playbook: int = 0


@dataclass(frozen=True, slots=True)
class DrillCounts:
    """What one pass began.

    :param drills: plans that are practised from now. :param drill_steps: steps assigned by them.
    """

    drills: int
    drill_steps: int
