"""Takes the pictures in docs/pictures from a running demo: its pages, Airflow's, mails it sent, what it printed: python -m tools.console_pictures HOME [OUTPUT of make demo]."""

from __future__ import annotations

import email
import email.policy
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

    :param page: its path in the console; ``hottest`` and ``review`` are found on the pages before, ``airflow:`` stands before a path of Airflow, ``mail:`` before what the subject of
        a mail begins with, and ``printed`` is the summary at the terminal.
    """

    name: str
    login: str
    page: str
    scheme: Literal["light", "dark"]
    width: int
    height: int
    regions: tuple[Region, ...]


ALWAYS = (Region("text", ".brand"), Region("text", ".who"), Region("text", "h1"))
MAIL = (Region("text", ".badge"), Region("text", ".box .ink"), Region("text", ".button a"))
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
    Picture("airflow-dags.png", "admin", "airflow:/dags", "light", 1440, 900,
            (Region("text", "text=activate_playbooks"), Region("text", "text=check_invariants"), Region("text", "text=Risk review"))),
    Picture("mail-plan-started.png", "", "mail:Emergency plan started: PB5", "light", 400, 760, MAIL),
    Picture("mail-plan-started-zh.png", "", "mail:应急预案启动：PB5", "light", 400, 760, MAIL),
    Picture("demo-summary.png", "", "printed", "dark", 755, 1046, (Region("text", "pre"),)),
)  # fmt: skip
PATIENT = 120_000
"""Milliseconds a page may take on a machine that runs all other tests beside."""
MOST_OF = 0.8
"""Share of a region's height that must lie above the lower edge."""
PAPER = "<body style='margin:0;background:#10151c;color:#edf1f7'><pre style='margin:0;padding:16px;display:inline-block;font:15px/1.3 DejaVu Sans Mono,monospace'>"
"""What stands around the summary that a terminal shows."""


def main() -> int:
    """Log in as each person and take the pictures."""
    home = Path(sys.argv[1])
    port = json.loads((home / "run" / "services.json").read_text(encoding="utf-8"))["port"]
    printed = Path(sys.argv[2]).read_text(encoding="utf-8") if len(sys.argv) > 2 else ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        take_pictures(browser, f"http://127.0.0.1:{port}", home, PICTURES, printed)
        browser.close()
    return 0


def take_pictures(browser: Browser, site: str, home: Path, folder: Path, printed: str) -> None:
    """Take every picture of a running demo into a folder; that of what it printed only where it is given."""
    for wanted in WANTED:
        if wanted.page != "printed" or printed:
            context = browser.new_context(color_scheme=wanted.scheme, viewport={"width": wanted.width, "height": wanted.height})  # fmt: skip
            context.set_default_timeout(PATIENT)
            page = context.new_page()
            if wanted.page == "printed":
                page.set_content(PAPER + _summary(printed))
            elif wanted.page.startswith("mail:"):
                page.set_content(_mail(home, wanted.page.removeprefix("mail:")))
            else:
                context.add_cookies([{"name": "_token", "value": _token(site, home, wanted.login), "url": site}])
                _open(page, site, wanted)
            _take(page, wanted, folder / wanted.name)
            context.close()


def _token(site: str, home: Path, login: str) -> str:
    passwords = json.loads((home / "secrets" / "passwords.json").read_text(encoding="utf-8"))
    said = {"username": login, "password": passwords[login]}
    return str(httpx.post(f"{site}/auth/token", json=said, timeout=60).json()["access_token"])


def _open(page: Page, site: str, wanted: Picture) -> None:
    if wanted.page.startswith("airflow:"):
        page.goto(f"{site}{wanted.page.removeprefix('airflow:')}")
        for region in wanted.regions:
            page.locator(region.selector).first.wait_for()
    elif wanted.page == "hottest":
        page.goto(f"{site}/riskreview/portfolio")
        page.locator("a[href*='/customers/']").first.click()
    elif wanted.page == "review":
        page.goto(f"{site}/riskreview/reviews")
        page.locator("tbody a[href*='/reviews/']").first.click()
    else:
        page.goto(f"{site}/riskreview{wanted.page}")
    page.wait_for_load_state("networkidle")


def _mail(home: Path, subject: str) -> str:
    """Return the page of the first mail whose subject begins so.

    :raises LookupError: when none was sent.
    """
    for path in sorted((home / "mail").rglob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = mail.get_body(("html",))
        if body and str(mail["subject"]).startswith(subject):
            return str(body.get_content())
    raise LookupError(f"no mail begins with {subject}")


def _summary(printed: str) -> str:
    """Return the frame with the summary; the logins below it are nobody's business."""
    begun = printed.rindex("\n╭") + 1
    frame = html.escape(printed[begun : printed.index("╯", begun) + 1])
    return frame.replace("✓", "<b style='color:#8fe0b2'>✓</b>")


def _take(page: Page, wanted: Picture, target: Path) -> None:
    """Keep a picture of a page.

    :raises ValueError: when something is missing on it.
    """
    content = page.screenshot()
    wrong = faults(page, Image.open(io.BytesIO(content)), wanted)
    if wrong:
        raise ValueError(f"{wanted.name}: {'; '.join(wrong)}")
    target.write_bytes(content)
    Image.open(target).quantize(128).save(target, optimize=True)
    print(target)


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
