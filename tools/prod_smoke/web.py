"""Owns the stack as a browser or a program sees it: logging in by FAB's form, pages of the console, Airflow's interface for programs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
PAGES: Mapping[str, tuple[tuple[str, int], ...]] = {
    "owner": (("/riskreview/work", 200), ("/riskreview/customers", 200), ("/riskreview/runs", 403)),
    "approver": (("/riskreview/reviews", 200), ("/riskreview/signals", 200), ("/riskreview/runs", 403)),
    "engineer": (("/riskreview/runs", 200), ("/riskreview/data", 200), ("/riskreview/customers", 403)),
    "auditor": (("/riskreview/audit", 200), ("/riskreview/customers", 200), ("/riskreview/runs", 200)),
}
"""What each login is answered."""


def log_in(site: str, login: str, password: str) -> httpx.Client:
    """Fill in FAB's form as a person does and return the browser that is logged in."""
    browser = httpx.Client(
        base_url=site, follow_redirects=True, timeout=180, trust_env=False, headers={"accept": "text/html"}
    )
    form = browser.get("/auth/login/")
    found = CSRF.search(form.text)
    browser.post(
        "/auth/login/", data={"username": login, "password": password, "csrf_token": found.group(1) if found else ""}
    )
    return browser


def wrong_answers(site: str, passwords: Mapping[str, str]) -> list[str]:
    """Open the console without a login, with a wrong one and with each right one; return a sentence for each wrong answer.

    FAB lets five people of one address log in within 40 seconds, and no more are needed here.
    """
    nobody = httpx.get(f"{site}/riskreview/work", headers={"accept": "text/html"}, timeout=180, trust_env=False)
    wrong = []
    if nobody.status_code != httpx.codes.SEE_OTHER or "/auth/login" not in nobody.headers.get("location", ""):
        wrong.append(f"without a login the console answered {nobody.status_code}")
    guessed = log_in(site, "owner", "wrong").get("/riskreview/work", follow_redirects=False)
    if guessed.status_code != httpx.codes.SEE_OTHER:
        wrong.append(f"with a wrong password the console answered {guessed.status_code}")
    token = Airflow(site, "admin", passwords["admin"]).token
    stranger = httpx.get(
        f"{site}/riskreview/work", headers={"authorization": f"Bearer {token}"}, timeout=180, trust_env=False
    )
    if stranger.status_code != httpx.codes.FORBIDDEN:
        wrong.append(f"Airflow's administrator, who has no role in the console, was answered {stranger.status_code}")
    for login, pages in PAGES.items():
        browser = log_in(site, login, passwords[login])
        for page, expected in pages:
            answer = browser.get(page, follow_redirects=False)
            if answer.status_code != expected:
                wrong.append(f"{login} opened {page} and was answered {answer.status_code} instead of {expected}")
    return wrong


def wrong_behind_proxy(site: str, login: str, password: str) -> list[str]:
    """Log in as through a proxy that ends TLS; return a sentence when the cookie that is given is not for TLS only."""
    headers = {
        "x-forwarded-proto": "https",
        "x-forwarded-for": "203.0.113.9",
        "referer": site.replace("http:", "https:", 1),
        "accept": "text/html",
    }
    with httpx.Client(base_url=site, timeout=180, trust_env=False, headers=headers) as browser:
        found = CSRF.search(browser.get("/auth/login/").text)
        fields = {"username": login, "password": password, "csrf_token": found.group(1) if found else ""}
        answer = browser.post("/auth/login/", data=fields)
        cookies = answer.headers.get_list("set-cookie")
        while answer.has_redirect_location and not any(cookie.startswith("_token=") for cookie in cookies):
            answer = browser.get(httpx.URL(answer.headers["location"]).raw_path.decode("ascii"))
            cookies += answer.headers.get_list("set-cookie")
    given = next((cookie.lower() for cookie in cookies if cookie.startswith("_token=")), "")
    return (
        []
        if "; secure" in given
        else [f"behind TLS the login gave {'a cookie for any scheme' if given else 'no cookie'}"]
    )


class Airflow:
    """Airflow's interface for programs, by one login."""

    def __init__(self, site: str, login: str, password: str) -> None:
        self._client = httpx.Client(base_url=site, timeout=180, trust_env=False)
        answer = self._client.post("/auth/token", json={"username": login, "password": password}).raise_for_status()
        self.token = str(answer.json()["access_token"])
        self._client.headers["authorization"] = f"Bearer {self.token}"

    def knows(self, dag_id: str) -> bool:
        """Tell whether a DAG was read."""
        return self._client.get(f"/api/v2/dags/{dag_id}").status_code == httpx.codes.OK

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run."""
        self._client.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False}).raise_for_status()

    def running(self) -> list[dict[str, Any]]:  # JSON of Airflow's shape
        """Return the tasks that run now."""
        answer = self._client.get("/api/v2/dags/~/dagRuns/~/taskInstances", params={"state": "running"})
        return list(answer.raise_for_status().json()["task_instances"])

    def tries(self) -> dict[str, int]:
        """Return how often each task that needed more than one try was tried."""
        return {item["dag_id"]: item["try_number"] for item in self._tasks("~") if item["try_number"] > 1}

    def side_by_side(self, dag_id: str) -> dict[str, int]:
        """Return of how many tasks side by side each mapped task of a DAG has come to its end."""
        done = [item for item in self._tasks(dag_id) if item["map_index"] >= 0 and item["state"] == "success"]
        return dict(Counter(str(item["task_id"]) for item in done))

    def _tasks(self, dag_id: str) -> list[dict[str, Any]]:  # JSON of Airflow's shape
        answer = self._client.get(f"/api/v2/dags/{dag_id}/dagRuns/~/taskInstances", params={"limit": 100})
        return list(answer.raise_for_status().json()["task_instances"])
