"""Owns reading an extract's business date from its name."""

import re
from datetime import UTC, date, datetime, timedelta

from riskreview.foundation.errors import BadInput
from riskreview.policy.mapping import AsOf


def from_name(rule: AsOf, name: str, received_on: date) -> date:
    """Return the date a file's name carries.

    :raises BadInput: E-ASOF when the name carries none, E-ASOF-FUTURE when it lies after the day of receipt.
    """
    found = re.search(rule.from_name or "", name)
    try:
        moment = datetime.strptime(found[1], rule.format).replace(tzinfo=UTC) if found else None
    except ValueError:
        moment = None
    if moment is None:
        raise BadInput(
            "E-ASOF",
            "the file name carries no date in the mapping's format",
            f"Name it with a date like {rule.format}",
            name,
        )
    if moment.date() > received_on + timedelta(days=1):
        raise BadInput(
            "E-ASOF-FUTURE",
            f"the file says it is as of {moment.date()}, received on {received_on}",
            "Correct the date in the name",
            name,
        )
    return moment.date()
