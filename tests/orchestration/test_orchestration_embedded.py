"""The embedded services listen on loopback only, keep their secrets to their owner, and survive what a killed server leaves."""

import json
import os
import socket
import stat
from pathlib import Path

import pytest

from riskreview.foundation import embedded_postgres
from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.orchestration import embedded
from riskreview.orchestration.airflow_settings import USERS, AirflowPlace, environment, free_port


@pytest.fixture
def place(instance: Instance) -> AirflowPlace:
    """The place of an embedded Airflow with its secrets."""
    made = AirflowPlace(instance)
    made.create()
    return made


def test_secrets_are_readable_by_their_owner_only(place: AirflowPlace) -> None:
    assert stat.S_IMODE(place.secrets.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.secrets.iterdir()} == {0o600}


def test_every_login_has_its_own_random_password_and_keeps_it(place: AirflowPlace) -> None:
    first = place.passwords()

    place.create()

    assert set(first) == set(USERS)
    assert len(set(first.values())) == len(first)
    assert all(len(password) >= 12 for password in first.values())
    assert place.passwords() == first


def test_the_components_listen_on_loopback_and_never_log_everybody_in(place: AirflowPlace) -> None:
    found = environment(place, port=18080, airflow_url="postgresql://a", riskreview_url="postgresql://b")

    assert found["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert found["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:18080"
    assert found["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].startswith("http://127.0.0.1:18080/")
    assert "SIMPLE_AUTH_MANAGER_ALL_ADMINS" not in " ".join(found)
    assert all("--skip-serve-logs" in embedded.COMPONENTS[name] for name in ("scheduler", "triggerer")), (
        "they would listen on all addresses"
    )


def test_another_airflow_in_the_callers_environment_has_no_influence(
    place: AirflowPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_HOST", "mail.example.com")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    found = environment(place, port=1, airflow_url="a", riskreview_url="b")

    assert found["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW__SMTP__SMTP_HOST" not in found
    assert "PYTHONDONTWRITEBYTECODE" not in found


def test_a_taken_port_is_refused_by_name_and_a_free_one_is_found(place: AirflowPlace) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(OSError, match="in use"):
            free_port(port)
        with pytest.raises(BadInput, match=f"E-PORT port {port} is taken"):
            embedded._choose_port(place, port, keep=False)
        assert free_port() != port


def test_a_program_beside_airflow_never_gets_the_port_its_api_server_will_take(
    place: AirflowPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = embedded._choose_port(place, None, keep=False)
    drawn = iter((chosen, chosen, chosen + 1))
    monkeypatch.setattr(embedded, "free_port", lambda: next(drawn))

    assert embedded.port_beside(place) == chosen + 1


def test_the_last_port_is_kept_while_it_is_free(place: AirflowPlace) -> None:
    first = embedded._choose_port(place, None, keep=False)

    assert embedded._choose_port(place, None, keep=False) == first


def test_stopping_what_was_never_started_does_nothing(instance: Instance) -> None:
    assert embedded.stop(instance.home) == []
    assert set(embedded.status(instance.home).values()) == {"stopped"}


def test_the_pid_file_of_a_killed_server_is_removed_though_its_number_lives_on(tmp_path: Path) -> None:
    data = tmp_path / "pg"
    data.mkdir()
    (data / "PG_VERSION").write_text("18\n", encoding="utf-8")
    lock = f"{os.getpid()}\n{data}\n1780000000\n5432\n{data}\n\n\nready\n"
    (data / "postmaster.pid").write_text(lock, encoding="utf-8")
    (data / ".s.PGSQL.5432.lock").write_text(lock, encoding="utf-8")

    assert embedded_postgres.find(data) is None, "this very process was taken for PostgreSQL"
    assert embedded_postgres.stop(data) is False
    embedded_postgres.clear_stale(data)

    assert not (data / "postmaster.pid").exists()
    assert not (data / ".s.PGSQL.5432.lock").exists()


def test_the_lock_of_another_server_in_a_shared_socket_folder_stays(tmp_path: Path) -> None:
    data, shared = tmp_path / "pg", tmp_path / "sockets"
    data.mkdir()
    shared.mkdir()
    (data / "PG_VERSION").write_text("18\n", encoding="utf-8")
    (data / "postmaster.pid").write_text(f"999999999\n{data}\n1\n5432\n{shared}\n\n\nready\n", encoding="utf-8")
    theirs = shared / ".s.PGSQL.5432.lock"
    theirs.write_text(f"1\n{tmp_path / 'another'}\n", encoding="utf-8")

    embedded_postgres.clear_stale(data)

    assert theirs.exists()


def test_a_broken_note_about_the_last_port_is_ignored(place: AirflowPlace) -> None:
    (place.run / "services.json").write_text("{", encoding="utf-8")

    port = embedded._choose_port(place, None, keep=True)

    assert json.loads((place.run / "services.json").read_text(encoding="utf-8")) == {"port": port}
