"""Production's login: FAB's form leads back to the page, its session and its token open what the role opens, and nothing else does."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import jwt
import pytest
from tests.console.conftest import Console

from riskreview.console.grants import grant, revoke
from riskreview.orchestration.airflow_settings import PROJECT, free_port

pytestmark = [pytest.mark.database, pytest.mark.airflow, pytest.mark.long, pytest.mark.deep]
USER, PASSWORD = "bian.fa", "correct horse battery"


@dataclass(frozen=True, slots=True)
class Fab:
    """The running server: its address with a path, as behind a proxy, and the number FAB gave the user."""

    address: str
    user_id: str


@pytest.fixture(scope="module")
def fab(console: Console, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fab]:
    folder, port = tmp_path_factory.mktemp("fab"), free_port()
    address = f"http://127.0.0.1:{port}/airflow"
    command = [sys.executable, str(Path(__file__).with_name("fab_host.py")), str(port), USER, PASSWORD]
    log = folder / "fab.log"
    with log.open("w") as errors:
        process = subprocess.Popen(command, env=_environment(console, folder, address), cwd=folder, stdout=subprocess.PIPE, stderr=errors, text=True)  # fmt: skip
    try:
        said = next((line for line in process.stdout or () if line.startswith("user ")), "")
        assert said, log.read_text()[-3000:]
        _wait_for(address, process)
        yield Fab(address, said.split()[1])
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout:
            process.stdout.close()


def _environment(console: Console, folder: Path, address: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if "AIRFLOW" not in key}
    return kept | {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__SECRET_KEY": "fab-test-secret-key-of-some-length",
        "AIRFLOW__API_AUTH__JWT_SECRET": "fab-test-jwt-secret-of-some-length-too",
        "AIRFLOW__FAB__SESSION_MAX_LIFETIME_MINUTES": "720",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "RISKREVIEW_HOME": str(console.services.instance.home),
        "RISKREVIEW_DATABASE_URL": console.services.engine.url.render_as_string(hide_password=False),
        "RISKREVIEW_BUSINESS_DATE": "2026-07-02",
        "PYTHONPATH": str(PROJECT / "plugins"),
        "PYTHONWARNINGS": "ignore",
        "NO_PROXY": "127.0.0.1,localhost",
    }  # fmt: skip


def _wait_for(address: str, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 240
    while True:
        try:
            httpx.get(f"{address}/api/v2/version", timeout=30)
            break
        except httpx.HTTPError:
            assert process.poll() is None, "it ended"
            assert time.monotonic() < deadline, "it did not come up"
            time.sleep(0.1)


def browser() -> httpx.Client:
    return httpx.Client(headers={"accept": "text/html"}, follow_redirects=True, timeout=60)


def log_in(client: httpx.Client, fab: Fab, page: str, password: str = PASSWORD) -> httpx.Response:
    """Open a page, fill in the form one is led to, and return where one comes out."""
    form = client.get(f"{fab.address}{page}")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text)
    assert token is not None, form.text[:500]
    said = {"csrf_token": token.group(1), "username": USER, "password": password}
    return client.post(form.url, data=said, headers={"referer": str(form.url)})


@pytest.fixture
def role(console: Console, fab: Fab) -> Iterator[None]:
    """The user is an approver in the console while the test lasts."""
    grant(console.services, user_id=fab.user_id, person="guo.qiang", roles=["approver"], actor="jiang.tao")
    yield
    revoke(console.services, user_id=fab.user_id, actor="jiang.tao")


def test_whoever_is_not_logged_in_or_forges_a_login_comes_to_the_form_and_no_further(fab: Fab):
    with browser() as client:
        led = client.get(f"{fab.address}/riskreview/customers")
        refused = log_in(client, fab, "/riskreview/customers", password=PASSWORD.upper())
    forged = httpx.get(f"{fab.address}/riskreview/api/v1/customers", headers={"authorization": "Bearer x.y.z"})
    cookie = httpx.get(f"{fab.address}/riskreview/api/v1/customers", cookies={"_token": "x.y.z"})

    assert led.url.path == "/airflow/auth/login/"
    assert "next=" in str(led.url)
    assert "/auth/login" in refused.url.path
    assert "Quenmoth" not in led.text + refused.text
    assert (forged.status_code, cookie.status_code) == (401, 401)


def test_a_login_without_a_role_is_told_its_number_and_sees_nothing(fab: Fab):
    with browser() as client:
        page = log_in(client, fab, "/riskreview/customers")

    assert page.status_code == 403
    assert f"the login {fab.user_id} has no role" in page.text


@pytest.mark.usefixtures("role")
def test_the_form_leads_back_to_the_page_and_the_session_acts_there(console: Console, fab: Fab):
    with browser() as client:
        page = log_in(client, fab, "/riskreview/reviews?state=closed")
        found = client.get(f"{fab.address}/riskreview/customers")
        users = client.get(f"{fab.address}/riskreview/users")

    assert (page.status_code, page.url.path, page.url.query) == (200, "/airflow/riskreview/reviews", b"state=closed")
    assert "Quenmoth Drives Ltd" in found.text
    assert 'href="/airflow/riskreview/customers/1"' in found.text
    assert users.status_code == 403


@pytest.mark.usefixtures("role")
def test_a_token_of_fab_opens_the_interface_for_programs(fab: Fab):
    asked = httpx.post(f"{fab.address}/auth/token", json={"username": USER, "password": PASSWORD}, timeout=60)
    headers = {"authorization": f"Bearer {asked.json()['access_token']}"}
    found = httpx.get(f"{fab.address}/riskreview/api/v1/customers", headers=headers)

    assert found.status_code == 200
    assert len(found.json()["table"]["rows"]) == 6


@pytest.mark.usefixtures("role")
def test_logging_in_gives_a_token_nobody_could_have_planted_and_logging_out_or_the_evening_ends_it(fab: Fab):
    with browser() as client:
        client.get(f"{fab.address}/riskreview/customers")
        planted = dict(client.cookies)
        page = log_in(client, fab, "/riskreview/customers")
        session = {cookie.name: cookie.value or "" for cookie in client.cookies.jar}
        out = re.search(r'class="who">.*<a href="([^"]+)"', page.text)
        assert out is not None
        client.get(f"{fab.address.removesuffix('/airflow')}{out.group(1)}")
        left = client.get(f"{fab.address}/riskreview/customers")

    assert {name for name in planted if planted[name] == session.get(name)} == set()
    assert left.url.path == "/airflow/auth/login/"
    claims = jwt.decode(session["_token"], options={"verify_signature": False})
    assert claims["exp"] - time.time() < timedelta(hours=12).total_seconds()
    for kept in (planted, {"_token": session["_token"]}):  # as somebody who planted or took them would come
        with browser() as other:
            other.cookies.update(kept)
            assert other.get(f"{fab.address}/riskreview/customers").url.path == "/airflow/auth/login/"
