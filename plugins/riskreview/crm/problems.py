"""Owns how a CRM's refusals and silences are told apart: worth a retry, final, or with an unknown outcome."""

from riskreview.foundation.errors import RiskReviewError, Unavailable


class CrmUnavailable(Unavailable):
    """The CRM did not answer, is busy, or asks to come back later."""


class BudgetSpent(CrmUnavailable):
    """Going on would use more calls or credits than the connection may."""


class OutcomeUnknown(CrmUnavailable):
    """A call that may not be repeated was sent and its answer never came: what it asked for may have been done."""


class BrokenAnswer(CrmUnavailable):
    """The CRM answered again and again with something that is no JSON.

    :param body: the last answer's bytes, kept as evidence.
    """

    def __init__(self, sentence: str, body: bytes) -> None:
        super().__init__(sentence)
        self.body = body


class CrmRefused(RiskReviewError):
    """The CRM refused for good: a right, a name or a value is wrong.

    :param code: the CRM's own code. :param details: what it says beside the code.
    """

    def __init__(self, sentence: str, code: str, details: object = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.details = details
