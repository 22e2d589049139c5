"""The check of the pictures can fail: an empty card, a chart without bars and another layout are seen; other words and figures are not."""

import pytest
from PIL import Image, ImageDraw
from tools.console_pictures import PICTURES, WANTED
from tools.picture_looks import FARTHEST, Region, apart, is_light, missing

CARD = (300, 120)


def card(*, words: int = 0, grid: bool = False, bars: int = 0) -> Image.Image:
    """A card as the console draws it: lines of grey words, lines of a grid, red bars."""
    picture = Image.new("RGB", CARD, "white")
    drawn = ImageDraw.Draw(picture)
    for number in range(words):
        drawn.rectangle((10, 10 + 20 * number, 90, 18 + 20 * number), fill="#17202c")
    for number in range(6 if grid else 0):
        drawn.line((50 * number, 0, 50 * number, 120), fill="#dbe1e9")
    for number in range(bars):
        drawn.rectangle((10 + 40 * number, 60, 30 + 40 * number, 110), fill="#d03a2b")
    return picture


@pytest.mark.parametrize(
    ("seen", "kind", "is_missing"),
    [
        (card(), "text", True), (card(grid=True), "text", True), (card(words=1), "text", False),
        (card(words=3, grid=True), "chart", True), (card(words=1, grid=True, bars=2), "chart", False),
    ],
    ids=["empty card", "a grid alone", "one line of words", "a chart without bars", "a chart"],
)  # fmt: skip
def test_what_is_not_drawn_is_missed(seen, kind, is_missing):
    assert missing(seen, Region(kind, ".card")) is is_missing


@pytest.mark.parametrize("name", [wanted.name for wanted in WANTED])
def test_every_picture_kept_differs_from_what_is_wrong_and_not_from_itself(name):
    wanted = next(item for item in WANTED if item.name == name)
    kept = Image.open(PICTURES / name).convert("RGB")
    turned, moved = kept.transpose(Image.Transpose.ROTATE_180), kept.copy()
    moved.paste(kept.crop((0, 0, kept.width, kept.height - 4)), (0, 4))

    assert kept.size == (wanted.width, wanted.height)
    assert is_light(kept) == (wanted.scheme == "light")
    assert apart(kept, kept) == 0
    assert apart(moved, kept) < FARTHEST < apart(turned, kept)
    assert apart(Image.new("RGB", kept.size, "white"), kept) == 1
