"""Owns ``policies/checklists.yaml``: what a reviewer must have looked at, by type of review and class."""

import hashlib
import json
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.policy_file import load_policy_file
from riskreview.policy.risk_terms import ClassWord, Text

ReviewKind = Literal["periodic", "event", "new", "limit_request", "appeal", "thematic"]


class ChecklistItem(StrictModel):
    """One question.

    :param kinds: types of review it is asked in, ``classes`` the classes; empty for all.
    :param mandatory: the recommendation cannot be submitted without an answer.
    :param evidence: a yes needs a source.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    text: Text
    kinds: tuple[ReviewKind, ...] = ()
    classes: tuple[ClassWord, ...] = ()
    mandatory: bool = False
    evidence: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """The questions of one review as they are pinned: canonical JSON and its SHA-256."""

    content: bytes
    digest: str


class Checklists(StrictModel):
    """The whole file."""

    items: tuple[ChecklistItem, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [item.id for item in self.items]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"E-POLICY-DUPLICATE the question {twice} stands there twice")
        return self

    def for_review(self, kind: str, risk_class: str) -> Checklist:
        """Return the questions of a review of a type and class."""
        fitting = [
            item
            for item in self.items
            if kind in (item.kinds or (kind,)) and risk_class in (item.classes or (risk_class,))
        ]
        shown = [
            {
                "id": item.id,
                "mandatory": item.mandatory,
                "evidence": item.evidence,
                "text": {"en": item.text.en, "zh": item.text.zh},
            }
            for item in fitting
        ]
        content = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        return Checklist(content, hashlib.sha256(content).hexdigest())


def load_checklists(instance: Instance) -> Checklists:
    """Read ``policies/checklists.yaml`` of an instance, else the shipped one.

    :raises BadInput: naming the line that is wrong.
    """
    return load_policy_file(instance, "checklists.yaml", Checklists)
