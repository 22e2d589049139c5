"""What the tests of the console read from its pages and the database: a page as somebody sees it, the checklist and version of a review."""

from sqlalchemy import text
from tests.console.conftest import Console


def checklist_of(console: Console, number: str) -> list[str]:
    with console.services.engine.connect() as connection:
        items = connection.execute(text("SELECT items FROM review_checklist JOIN review ON checklist_digest = digest WHERE review_id = :number"), {"number": int(number)}).scalar_one()  # fmt: skip
    return [item["id"] for item in items]


def seen(console: Console, login: str, page: str) -> str:
    with console.client(login) as client:
        return client.get(page).text


def version_of(console: Console, number: str) -> str:
    with console.services.engine.connect() as connection:
        return str(
            connection.execute(
                text("SELECT version FROM review WHERE review_id = :number"), {"number": int(number)}
            ).scalar_one()
        )
