"""Judges whether a picture of a page looks as it should: what must be seen on it is seen, and the whole is laid out as on the picture kept.

Words, figures and days of two pictures may differ, and so may fonts from machine to machine; where there is something to see may not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

BLOCK = 40
"""Pixels of a side of the squares whose averages are compared: more than a line of text, less than a card."""
CONTRAST, COLORFUL = 48, 60
"""Levels of 255: what differs so much from the ground is ink; where the channels differ so much among themselves, it is in color."""
LEAST_INK = {"text": 0.004, "chart": 0.01}
"""Share of a region that has ink; of a chart, ink in color, which its grid and its words do not have."""
FARTHEST = 0.55
"""How far two pictures may be apart, between 0 for the same and 1 for ink nowhere at the same place. Measured on the demo: other fonts 0.10 to 0.17,
one more card above the rest 0.47, another page 0.62 to 0.78, a page without its style 0.75."""


@dataclass(frozen=True, slots=True)
class Region:
    """Something that must be seen: ``text`` or ``chart``, found by its selector."""

    kind: str
    selector: str


def ink(picture: Image) -> np.ndarray:
    """Return for each pixel how far it is from the ground, which is the color most pixels have."""
    pixels = np.asarray(picture.convert("RGB")).astype(np.int32)
    packed = (pixels[..., 0] << 16) | (pixels[..., 1] << 8) | pixels[..., 2]
    known, count = np.unique(packed, return_counts=True)
    ground = int(known[count.argmax()])
    away = np.abs(pixels - np.array([ground >> 16, ground >> 8 & 255, ground & 255])).max(axis=2)
    return np.where(away > CONTRAST, away, 0)


def missing(picture: Image, region: Region) -> bool:
    """Tell whether nothing is to be seen on the part of a picture where a region should be."""
    seen = ink(picture) > 0
    if region.kind == "chart":
        pixels = np.asarray(picture.convert("RGB")).astype(np.int16)
        seen &= (pixels.max(axis=2) - pixels.min(axis=2)) > COLORFUL
    return float(seen.mean()) < LEAST_INK[region.kind]


def apart(taken: Image, kept: Image) -> float:
    """Return how far two pictures of one size are apart, block by block."""
    first, second = _blocks(taken), _blocks(kept)
    return float(np.abs(first - second).sum() / max(first.sum() + second.sum(), 1.0))


def is_light(picture: Image) -> bool:
    """Tell whether the ground is bright."""
    return float(np.median(np.asarray(picture.convert("L")))) > 127


def _blocks(picture: Image) -> np.ndarray:
    found = ink(picture).astype(float)
    height, width = (length // BLOCK * BLOCK for length in found.shape)
    return found[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(1, 3))
