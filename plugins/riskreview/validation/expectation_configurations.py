"""Owns keeping the configuration of the expectation that Great Expectations works on, which it would derive anew sixty times a rule."""

from typing import Any


class _Kept:
    """The last expectation asked for its configuration, what it consisted of, and the answer."""

    def __init__(self, derive: Any) -> None:  # a function of the library
        self._derive = derive
        self._last: tuple[Any, dict[str, Any], Any] = (None, {}, None)

    def __call__(self, expectation: Any) -> Any:  # an expectation and its configuration, objects of the library
        asked, parts, answer = self._last
        if asked is expectation and parts == expectation.__dict__:
            return answer
        answer = self._derive(expectation)
        self._last = (expectation, dict(expectation.__dict__), answer)
        return answer


def keep() -> None:
    """Let an expectation asked again and again for its configuration derive it once; a third of the time of checking a small batch."""
    from great_expectations.expectations.expectation import Expectation

    derive = Expectation.configuration.fget
    if not isinstance(derive, _Kept):
        Expectation.configuration = property(_Kept(derive))
