"""Owns what figures of one customer take from all the others: a run over everybody learns it, a run over a few is given it.

So one customer judged between two runs over everybody is judged by the same median, total or model as it was in the last one; the
next run over everybody learns anew.
"""

from collections.abc import Callable, Mapping, Sequence

from riskreview.foundation.errors import Conflict

Learned = Mapping[str, tuple[float, ...]]


class NotLearned(Conflict):
    """A run over a few customers needs what no run over everybody has learned."""


class Across:
    """What is shared by the figures of one run.

    :param known: what the last run over everybody learned; None for a run over everybody.
    """

    def __init__(self, known: Learned | None = None) -> None:
        self._known = known
        self._learned: dict[str, tuple[float, ...]] = dict(known or {})

    def learn(self, name: str, compute: Callable[[], Sequence[float]]) -> tuple[float, ...]:
        """Return what ``compute`` gives for everybody: called by a run over everybody, looked up by any other.

        :raises NotLearned: when it was never learned.
        """
        if self._known is None:
            self._learned[name] = tuple(float(value) for value in compute())
        if name not in self._learned:
            raise NotLearned(f"no run over everybody has learned {name}; assess the whole portfolio first")
        return self._learned[name]

    @property
    def is_given(self) -> bool:
        """Tell whether this is a run over a few, which only looks up."""
        return self._known is not None

    @property
    def learned(self) -> Learned:
        """Everything known by now."""
        return dict(self._learned)
