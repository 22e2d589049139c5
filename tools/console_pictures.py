"""Takes the pictures of the console in docs/pictures from a running demo, and of what it printed: python -m tools.console_pictures HOME [OUTPUT of make demo]."""

from __future__ import annotations

import html
import io
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import httpx
from PIL import Image
from playwright.sync_api import sync_playwright
from tools.picture_looks import Region, is_light, missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is wanted: where it is taken, how large, and what must be seen on it.

    :param page: its path; ``hottest`` and ``review`` are found on the pages before.
    """

    name: str
    login: str
    page: str
    scheme: Literal["light", "dark"]
    width: int
    height: int
    regions: tuple[Region, ...]


ALWAYS = (Region("text", ".brand"), Region("text", ".who"), Region("text", "h1"))
WANTED = (
    Picture("console-work.png", "owner", "/work", "light", 1180, 760,
            (*ALWAYS, Region("text", ".menu ul"), Region("text", ".inbox li:first-child .what"), Region("text", ".inbox li:nth-child(5) .when"))),
    Picture("console-customer.png", "approver", "hottest", "light", 1180, 1180,
            (*ALWAYS, Region("text", ".lead"), Region("text", ".tiles li:nth-child(5)"), Region("text", ".facts"), Region("chart", ".chart canvas"),
             Region("text", ".two > div:nth-child(2) tbody tr:nth-child(5)"))),
    Picture("console-review-phone.png", "owner", "review", "dark", 400, 860,
            (*ALWAYS, Region("text", ".menu summary"), Region("text", ".lead"), Region("text", ".jump"), Region("text", ".plain tbody tr:nth-child(3)"))),
    Picture("data-docs.png", "engineer", "/docs/index.html", "light", 1200, 620, (Region("text", "h1"), Region("text", "table tr:nth-child(5)"))),
    Picture("console-portfolio-zh.png", "admin", "/portfolio", "light", 1180, 900,
            (*ALWAYS, Region("text", ".tiles li:nth-child(4)"), Region("chart", ".two > div:nth-child(1) canvas"),
             Region("chart", ".two > div:nth-child(2) canvas"), Region("text", "tbody tr:first-child"))),
)  # fmt: skip
MOST_OF = 0.8
"""Share of a region's height that must lie above the lower edge."""
PAPER = "<body style='margin:0;background:#10151c;color:#edf1f7'><pre style='margin:0;padding:16px;display:inline-block;font:15px/1.3 DejaVu Sans Mono,monospace'>"
"""What stands around the summary that a terminal shows."""


def main() -> int:
    """Log in as each person and take the pictures."""
    home = Path(sys.argv[1])
    port = json.loads((home / "run" / "services.json").read_text(encoding="utf-8"))["port"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        take_pictures(browser, f"http://127.0.0.1:{port}", home, PICTURES)
        if len(sys.argv) > 2:
            _summary(browser, Path(sys.argv[2]).read_text(encoding="utf-8"))
        browser.close()
    return 0


def take_pictures(browser: Browser, site: str, home: Path, folder: Path) -> None:
    """Take every picture of a running demo's console into a folder."""
    passwords = json.loads((home / "secrets" / "passwords.json").read_text(encoding="utf-8"))
    for wanted in WANTED:
        said = {"username": wanted.login, "password": passwords[wanted.login]}
        token = httpx.post(f"{site}/auth/token", json=said, timeout=60).json()["access_token"]
        _take(browser, site, token, wanted, folder / wanted.name)


def _summary(browser: Browser, printed: str) -> None:
    """Take the frame with the summary; the logins below it are nobody's business."""
    begun = printed.rindex("\n╭") + 1
    frame = html.escape(printed[begun : printed.index("╯", begun) + 1]).replace("✓", "<b style='color:#8fe0b2'>✓</b>")
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.set_content(PAPER + frame)
    _save(page.locator("pre").screenshot(), PICTURES / "demo-summary.png")


def _save(content: bytes, target: Path) -> None:
    target.write_bytes(content)
    Image.open(target).quantize(128).save(target, optimize=True)
    print(target)


def _take(browser: Browser, site: str, token: str, wanted: Picture, target: Path) -> None:
    context = browser.new_context(color_scheme=wanted.scheme, viewport={"width": wanted.width, "height": wanted.height})
    context.add_cookies([{"name": "_token", "value": token, "url": site}])
    page = context.new_page()
    if wanted.page == "hottest":
        page.goto(f"{site}/riskreview/portfolio")
        page.locator("a[href*='/customers/']").first.click()
    elif wanted.page == "review":
        page.goto(f"{site}/riskreview/reviews")
        page.locator("tbody a[href*='/reviews/']").first.click()
    else:
        page.goto(f"{site}/riskreview{wanted.page}")
    page.wait_for_load_state("networkidle")
    content = page.screenshot()
    wrong = faults(page, Image.open(io.BytesIO(content)), wanted)
    context.close()
    if wrong:
        raise ValueError(f"{wanted.name}: {'; '.join(wrong)}")
    _save(content, target)


def faults(page: Page, taken: Image.Image, wanted: Picture) -> list[str]:
    """Return what is wrong with a picture just taken: regions that are not there, cut off or empty, and the other look."""
    found = [] if is_light(taken) == (wanted.scheme == "light") else [f"it is not {wanted.scheme}"]
    for region in wanted.regions:
        box = page.locator(region.selector).first.bounding_box() if page.locator(region.selector).count() else None
        if (
            box is None
            or box["x"] < 0
            or box["x"] + box["width"] > wanted.width + 1
            or box["y"] + MOST_OF * box["height"] > wanted.height
        ):
            found.append(f"{region.selector} is not on it")
        elif missing(
            taken.crop(
                tuple(int(side) for side in (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]))
            ),
            region,
        ):  # type: ignore[arg-type]  # four sides
            found.append(f"{region.selector} is empty")
    return found


if __name__ == "__main__":
    sys.exit(main())
