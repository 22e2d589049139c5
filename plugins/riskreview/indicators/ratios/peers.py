"""Owns telling firms apart by country and industry code, whatever way a system writes the code."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskreview.indicators.ratios.figures import Bools

Texts = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Peers:
    """Country and industry of each firm, empty when unknown; industry codes in capitals and digits only."""

    country: Texts
    industry: Texts


def make_peers(country: Sequence[object], industry: Sequence[object]) -> Peers:
    """Return peers from codes as systems write them: ``c 33.1`` is the industry C331."""
    plain = {code: _plain(code) for code in set(industry)}
    return Peers(
        np.array([value if isinstance(value, str) else "" for value in country], dtype=np.str_),
        np.array([plain[value] for value in industry], dtype=np.str_),
    )


def unknown_peers(size: int) -> Peers:
    """Return peers of whom nothing is known."""
    return Peers(np.full(size, "", dtype=np.str_), np.full(size, "", dtype=np.str_))


def fits(peers: Peers, *, countries: tuple[str, ...], industries: tuple[str, ...]) -> Bools:
    """Return which firms are in one of the countries and one of the industries; empty lists mean all."""
    chosen = np.isin(peers.country, countries) if countries else np.ones(peers.country.size, dtype=bool)
    return np.asarray(chosen & fits_industries(peers, industries) if industries else chosen)


def fits_industries(peers: Peers, beginnings: tuple[str, ...]) -> Bools:
    """Return which firms have an industry code with one of the beginnings."""
    chosen = np.zeros(peers.industry.size, dtype=bool)
    for beginning in beginnings:
        chosen |= np.char.startswith(peers.industry, beginning)
    return chosen


def _plain(code: object) -> str:
    return "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum()) if isinstance(code, str) else ""
