"""Owns the industry dimension but for the group: the industry's insolvencies, the country, the rank among peers. Pure array rules."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.across import Across
from riskreview.indicators.blocks import Columns
from riskreview.indicators.frame import Figures, Floats
from riskreview.indicators.profiles import Profiles, Texts

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy

LONGEST = "peers_longest_code"
SHORTEST_CODE = 2
"""Industry codes are not shortened further in search of peers: a section of the economy is no industry."""


def industry_figures(
    columns: Columns, profiles: Profiles, z_score: Floats | None, policy: "Policy", across: Across
) -> Figures:
    """Return M1 to M4.

    :param z_score: Z'' of every customer, None when nobody's statements are known.
    """
    found = Figures({
        "M1": profiles.each(profiles.insolvency), "M2": profiles.each(profiles.risk_class),
        "M4": columns["disclosed.top_buyer_pct"],
    })  # fmt: skip
    if z_score is not None:
        peers = policy.least_count("M3")
        found.values["M3"] = rank_among_peers(z_score, profiles.number, profiles.industry, across, peers=peers)
    return found


def rank_among_peers(
    z_score: Floats, number: NDArray[np.int32], industry: Texts, across: Across, *, peers: int
) -> Floats:  # fmt: skip
    """Return the share of each customer's peers, in percent, with a worse figure; ties count half.

    Peers have the same industry code. Where there are fewer than ``peers`` of them the code is shortened by a character, and so on;
    NaN where even the shortest code has too few. The figures of a group of peers are what customers share with all.

    :param number: the profile of each customer; ``industry`` is that of each profile.
    """
    rank = np.full(z_score.size, np.nan)
    known = np.flatnonzero(np.isfinite(z_score) & (number >= 0))
    if not known.size:
        return rank
    for length in range(_longest(industry, across), SHORTEST_CODE - 1, -1):
        codes = np.array([(code or "")[:length] for code in industry], dtype=np.str_)[number[known]]
        names, group = np.unique(codes, return_inverse=True)
        order = np.argsort(group, kind="stable")
        for name, members in zip(names.tolist(), np.split(order, np.cumsum(np.bincount(group))[:-1]), strict=True):
            figures = _figures_of(f"peers:{length}:{name}", z_score[known[members]], across, peers) if name else ()
            if figures:
                ranked = _rank_within(z_score[known[members]], np.array(figures))
                rank[known[members]] = np.where(np.isnan(rank[known[members]]), ranked, rank[known[members]])
    return rank


def _longest(industry: Texts, across: Across) -> int:
    """Return the length of the longest code of everybody: a short code is a group of its own beside longer ones."""
    own = float(max((len(code) for code in industry if code), default=0))
    known = across.learned.get(LONGEST, (own,)) if across.is_given else across.learn(LONGEST, lambda: (own,))
    return max(int(known[0]), SHORTEST_CODE)


def _figures_of(key: str, values: Floats, across: Across, peers: int) -> tuple[float, ...]:
    """Return the figures of a group, ascending; none when it is too small."""
    if across.is_given:
        return across.learned.get(key, ())
    return across.learn(key, lambda: np.sort(values).tolist()) if values.size > max(peers, 1) else ()


def _rank_within(values: Floats, group: Floats) -> Floats:
    """Return the percentage of the others of a group that are below each of its members."""
    below, not_above = np.searchsorted(group, values, "left"), np.searchsorted(group, values, "right")
    ties = np.maximum(not_above - below - 1, 0)
    return np.asarray(np.minimum(100.0 * (below + 0.5 * ties) / (group.size - 1), 100.0), dtype=np.float64)
