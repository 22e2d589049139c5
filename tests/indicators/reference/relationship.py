"""E1 to E6 in pandas from their formulas."""

import pandas as pd
from tests.indicators.reference.basics import DAY, D, Frames, days, newest


def top_changes(con: pd.DataFrame, sig: pd.DataFrame, today: pd.Timestamp, *, oldest: int) -> pd.Series:
    """E2, one customer after the other."""
    since = today - oldest * DAY
    con = con[con.role.isin(["ceo", "cfo", "auditor", "owner"])]
    came = (
        con[(con.since_on <= today) & (con.since_on > since)]
        .rename(columns={"since_on": "day"})
        .drop_duplicates(["customer_id", "role", "day"])
    )
    left = (
        con[(con.until_on <= today) & (con.until_on > since)]
        .rename(columns={"until_on": "day"})
        .drop_duplicates(["customer_id", "role", "day"])
    )
    both = pd.concat(
        [came.groupby(["customer_id", "role"]).size(), left.groupby(["customer_id", "role"]).size()], axis=1
    ).max(axis=1)
    found = both.groupby("customer_id").sum()
    heard = pd.concat([came, left]).groupby("customer_id").day.apply(list).to_dict()
    sig = sig[
        (sig.signal_type == "registry_change")
        & (sig.severity.fillna(100) >= 30)
        & (sig.status != "closed")
        & (sig.observed_on <= today)
    ]
    sig = sig.assign(day=sig.event_on.fillna(sig.observed_on)).drop_duplicates(["customer_id", "day"])
    sig = sig[sig.day > since]
    fresh = [
        all(abs((day - other) / DAY) > 31 for other in heard.get(name, []))
        for name, day in zip(sig.customer_id, sig.day, strict=True)
    ]
    return found.add(sig[fresh].groupby("customer_id").size(), fill_value=0.0)


def delays(req: pd.DataFrame, today: pd.Timestamp, *, oldest: int) -> pd.Series:
    """E3."""
    req = req[(req.requested_on <= today) & ~(req.withdrawn_on <= today)]
    until = req.supplied_on.fillna(today)
    req = req[until > today - oldest * DAY]
    late = days(until.clip(upper=today), req.due_on.fillna(req.requested_on)).clip(lower=0)
    return late[req.index].groupby(req.customer_id).max()


def relationship_dimension(frames: Frames, customers: pd.Index, owed: pd.Series, first_on: pd.Series) -> pd.DataFrame:
    """E1 to E6. ``owed``: what is open; ``first_on``: first invoice or order."""
    out = pd.DataFrame({"E4": 100 * owed / owed.sum()})
    onboarded = frames["customers"].set_index("customer_id").onboarded_on.reindex(customers)
    known_since = pd.concat([onboarded, first_on], axis=1).min(axis=1)
    out["E5"] = ((D - known_since) / DAY).clip(lower=0) * 12 / 365.25
    rated = frames["assessor_ratings"]
    rated = newest(
        rated[(rated.rated_on <= D) & (rated.rated_on > D - 365 * DAY)], ["customer_id", "rater"], "rated_on"
    )
    mean = rated.groupby("customer_id").rating.agg(["mean", "size"])
    out["E1"] = mean["mean"].where(mean["size"] >= 2)
    out["E2"] = top_changes(frames["contacts"], frames["external_signals"], D, oldest=365).reindex(customers).fillna(0.0)  # fmt: skip
    out["E3"] = delays(frames["information_requests"], D, oldest=365)
    seen = frames["field_reports"]
    seen = seen[(seen.visited_on <= D) & (seen.visited_on > D - 365 * DAY)]
    seen = seen[seen.visited_on == seen.groupby("customer_id").visited_on.transform("max")]
    flags = seen.assign(counts=seen.flag != "none").drop_duplicates(["customer_id", "flag"])
    out["E6"] = flags.groupby("customer_id").counts.sum()
    return out
