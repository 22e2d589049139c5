"""Owns the names people know rules, indicators, playbooks and trainings by; a message must not fail because a policy file does."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import structlog

from riskreview.foundation.errors import RiskReviewError
from riskreview.foundation.instance import Instance, open_instance
from riskreview.policy.playbook import load_playbooks
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.training_policy import load_training_policy

Titles = Mapping[str, Mapping[str, str]]
"""By language, then by id of a rule, indicator, training, playbook, or step as ``playbook:step``."""


def titles(instance: Instance) -> Titles:
    """Return the titles of an instance's policy and playbooks; read again when one of the files changed."""
    paths = [
        *(instance.configuration_file("policies", name) for name in ("risk_policy.yaml", "training.yaml")),
        *instance.configuration("playbooks"),
    ]
    return _read(
        instance.home, instance.approved, tuple((path, path.stat().st_mtime_ns) for path in paths if path.exists())
    )


@lru_cache(maxsize=8)
def _read(home: Path, approved: Path | None, _versions: tuple[tuple[Path, int], ...]) -> Titles:
    instance = replace(open_instance(home), approved=approved)
    found: dict[str, dict[str, str]] = {"en": {}, "zh": {}}
    try:
        policy = load_policy(instance)
        named = {item.id: item.name for item in policy.indicators} | {
            rule.id: rule.title for rule in policy.signals.rules
        }
        for key, text in named.items():
            found["en"][key], found["zh"][key] = text.en, text.zh
        for course in load_training_policy(instance).courses:
            found["en"][course.id], found["zh"][course.id] = course.title.en, course.title.zh
        for book in load_playbooks(instance):
            found["en"][book.id], found["zh"][book.id] = f"{book.id} {book.title.en}", f"{book.id} {book.title.zh}"
            for step in book.measures.steps:
                found["en"][f"{book.id}:{step.id}"], found["zh"][f"{book.id}:{step.id}"] = step.title.en, step.title.zh
    except RiskReviewError as error:
        structlog.get_logger("riskreview").warning("titles_missing", error=str(error))
    return found
