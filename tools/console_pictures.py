"""Takes the pictures of the console in docs/pictures from a running demo, and of what it printed: tools/console_pictures.py HOME [OUTPUT of make demo]."""

from __future__ import annotations

import html
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from PIL import Image
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
WANTED = (
    ("console-work.png", "owner", "/work", "light", 1180, 760),
    ("console-customer.png", "approver", "hottest", "light", 1180, 1180),
    ("console-review-phone.png", "owner", "review", "dark", 400, 860),
    ("console-portfolio-zh.png", "admin", "/portfolio", "light", 1180, 900),
)
"""File, login, page, look, width and height; ``hottest`` and ``review`` are found on the pages before."""
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
    for name, login, page, scheme, width, height in WANTED:
        said = {"username": login, "password": passwords[login]}
        token = httpx.post(f"{site}/auth/token", json=said, timeout=60).json()["access_token"]
        look: dict[str, object] = {"color_scheme": scheme, "viewport": {"width": width, "height": height}}
        _take(browser, site, token, page, folder / name, look)


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


def _take(browser: Browser, site: str, token: str, wanted: str, target: Path, look: dict[str, object]) -> None:
    context = browser.new_context(**look)  # type: ignore[arg-type]  # the keywords of a context
    context.add_cookies([{"name": "_token", "value": token, "url": site}])
    page = context.new_page()
    if wanted == "hottest":
        page.goto(f"{site}/riskreview/portfolio")
        page.locator("a[href*='/customers/']").first.click()
    elif wanted == "review":
        page.goto(f"{site}/riskreview/reviews")
        page.locator("tbody a[href*='/reviews/']").first.click()
    else:
        page.goto(f"{site}/riskreview{wanted}")
    page.wait_for_load_state("networkidle")
    _save(page.screenshot(), target)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
