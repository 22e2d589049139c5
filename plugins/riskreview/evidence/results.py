"""Owns what performing something once more reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """The first field in which what was stored and what came out differ, in the order of their names."""

    path: str
    stored: object
    replayed: object

    def sentence(self) -> str:
        """Return it in words."""
        return f"{self.path}: stored {self.stored!r}, replayed {self.replayed!r}"


@dataclass(frozen=True, slots=True)
class CodeChange:
    """Whether other code runs than computed the stored bytes.

    :param recorded: digest of the code of then; empty when that was not kept.
    :param changed: the parts that differ; all of them are named where both versions are known.
    """

    recorded: str
    running: str
    changed: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Tell whether it is the same code."""
        return self.recorded == self.running


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of performing something once more.

    :param kind: ``assessment``, ``run``, ``pack``, ``decision`` or ``batch``; ``names`` say which one.
    :param problem: why it could not be performed, or what was found altered; empty when it could.
    :param checks: what was compared, each with what was found.
    """

    kind: str
    names: Mapping[str, object]
    stored_sha256: str = ""
    replayed_sha256: str = ""
    difference: Difference | None = None
    problem: str = ""
    code: CodeChange | None = None
    checks: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_equal(self) -> bool:
        """Tell whether the bytes that came out are those that were stored."""
        return not self.problem and self.difference is None and self.stored_sha256 == self.replayed_sha256

    def sentence(self) -> str:
        """Return the outcome in words."""
        what = f"{self.kind} of {', '.join(f'{name} {value}' for name, value in self.names.items())}"
        if self.is_equal:
            return f"{what}: equal to the byte"
        return f"{what}: {self.problem or (self.difference.sentence() if self.difference else 'the bytes differ')}"


def first_difference(stored: Any, replayed: Any, path: str = "") -> Difference | None:  # JSON has any shape
    """Return the first difference between two JSON values; objects are walked by name, lists by place."""
    if isinstance(stored, Mapping) and isinstance(replayed, Mapping):
        pairs = [(f"{path}.{name}" if path else str(name), stored.get(name), replayed.get(name))
                 for name in sorted({*stored, *replayed})]  # fmt: skip
    elif isinstance(stored, list) and isinstance(replayed, list) and len(stored) == len(replayed):
        pairs = [
            (f"{path}[{place}]", one, other) for place, (one, other) in enumerate(zip(stored, replayed, strict=True))
        ]
    else:
        return None if stored == replayed and type(stored) is type(replayed) else Difference(path, stored, replayed)
    return next((found for where, one, other in pairs if (found := first_difference(one, other, where))), None)
