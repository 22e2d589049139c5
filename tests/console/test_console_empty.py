"""The console of an instance that has no data yet: every page of the menu opens, and says why nothing is on it."""

import httpx
import pytest
from tests.console.furnishing import LOGINS
from tests.console.serving import mounted, served

from riskreview.console.grants import grant
from riskreview.console.menu import menu_of
from riskreview.console.roles import Role
from riskreview.console.words import LANGUAGES, words
from riskreview.foundation.services import Services

pytestmark = pytest.mark.database


def test_every_page_of_the_menu_opens_without_any_data_and_says_why_it_is_empty(services: Services):
    wordless = [words(language)["app"]["nothing"] for language in LANGUAGES]
    problems = []
    for login, (person, role) in LOGINS.items():
        grant(services, user_id=login, person=person, roles=[role], actor="system:test")
    with served(mounted(services)) as address:
        for login, (_, role) in LOGINS.items():
            with httpx.Client(cookies={"login": login}, headers={"accept": "text/html"}, timeout=60) as client:
                for page in menu_of({Role(role)}):
                    answer = client.get(f"{address}/riskreview/{page}")
                    if answer.status_code != 200 or any(f">{said}<" in answer.text for said in wordless):
                        problems.append((login, page, answer.status_code))

    assert problems == []
