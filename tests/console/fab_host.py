"""Airflow's API server with FAB's login in a process of its own, as in production but on SQLite: ``fab_host.py PORT USER PASSWORD``.

The environment names the home, the auth manager, the plugins and our database. It prints ``user NUMBER`` when it is about to serve.
"""

import sys

import uvicorn
from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.utils.db import initdb


def main(port: int, user: str, password: str) -> None:
    """Make the database and one user without any administrator's right, and serve."""
    initdb()
    app = create_app(apps="core")
    flask_app = get_auth_manager().flask_app
    with flask_app.app_context():
        people = flask_app.appbuilder.sm
        made = people.add_user(user, "Fa", "Bian", f"{user}@firm.example", people.find_role("User"), password)
        number = made.get_id()
    print(f"user {number}", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
