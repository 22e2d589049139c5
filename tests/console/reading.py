"""What the tests of the console read from its pages and the database: a page as somebody sees it, the checklist and version of a review.

Also the addresses of its routes with the numbers of things that are there.
"""

import re

from sqlalchemy import text
from tests.console.conftest import Console

from riskreview.notifications.acknowledgement import link_maker

VERBS = {"signals": "acknowledge", "reviews": "start_analysis", "opinions": "approve", "playbooks": "contain", "steps": "start",
         "batches": "propose", "identity": "refuse", "screening": "dismiss", "quarantine": "discard", "measures": "implement",
         "policy": "approve", "crm": "approve", "rhythms": "approve"}  # fmt: skip
"""A verb of each kind of thing; its form lacks what it needs, so that the walk changes nothing."""


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


def filled(path: str, console: Console) -> str:
    """Return the path with the numbers of things that belong to ``owner``; a parameter nobody thought of is a KeyError."""
    values = {
        **console.ids,
        "token": link_maker(console.services.instance).token("nonce1"),
        "verb": VERBS.get(path.split("/")[1], "x"),
    }
    return path.replace(":path}", "}").format(**values)


def names(html: str) -> list[str]:
    """Return the cells of the first column of a list of customers."""
    return re.findall(r'<tr>\s*<td [^>]*><a href="[^"]*/customers/\d+">([^<]+)</a></td>', html)


def foreign_signal(console: Console) -> str:
    """Return a signal of the stranger's own customer, whose page has a form and so a token."""
    with console.services.engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT min(signal_id) FROM signal WHERE customer_key = 6").scalar_one())
