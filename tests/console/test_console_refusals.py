"""Refusals in Chinese: every sentence a page can show has one, none is left of a sentence that nobody says any more."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import riskreview
from riskreview.console.refusals import refusal, sentences

ROOT = Path(riskreview.__file__).parent
SAID_ON_PAGES = (
    "console/admission.py", "console/answers.py", "console/assets.py", "console/audit.py", "console/customer*.py", "console/data.py", "console/docs.py",
    "console/grants.py", "console/groups.py", "console/hosts.py", "console/measures.py", "console/missing.py", "console/playbooks.py", "console/policy*.py",
    "console/portfolio.py", "console/rates.py", "console/re[vp]*.py", "console/rhythms.py", "console/runs.py", "console/s*.py", "console/tokens.py", "console/visit.py",
    "mechanisms/lifecycle.py", "mechanisms/freeze.py", "mechanisms/staffing.py", "mechanisms/training.py", "reviews/acting.py", "reviews/decisions.py",
    "reviews/cadence_overrides.py", "reviews/discussion.py", "reviews/finishing.py", "reviews/requests.py", "measures/carrying_out.py", "measures/deciding.py", "measures/ending.py", "measures/of_*.py", "measures/reading.py",
    "measures/rules.py", "measures/terms.py", "playbooks/response.py", "monitoring/desk.py", "monitoring/handling.py", "screening/decisions.py",
    "gate/deciding.py", "opinions/store.py", "validation/overrides.py", "validation/quarantine.py", "notifications/acknowledgement.py",
)  # fmt: skip
REFUSALS = {"RuleViolation", "Conflict", "NotFound", "CrossSite", "Denied", "TooMany", "NotLoggedIn", "WrongHost"}


def pattern(node: ast.expr) -> str | None:
    """Return a text with ``{}`` for what is filled in, None for what is no text."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def raised(path: Path) -> Iterator[str]:
    """Yield the sentences a module raises."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
            continue
        if node.func.id in REFUSALS and (found := pattern(node.args[0])) is not None:
            yield found
        if node.func.id == "BadInput" and (parts := [pattern(part) for part in node.args[:3]]) and None not in parts:
            yield f"{parts[0]} {parts[1]}. {parts[2]}."


def test_every_sentence_that_refuses_something_on_a_page_is_there_in_chinese():
    said = {sentence for name in SAID_ON_PAGES for path in ROOT.glob(name) for sentence in raised(path)}

    assert sorted(said - set(sentences())) == []
    assert len(said) > 100


def test_no_sentence_is_kept_that_nobody_says():
    code = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py"))
    longest = {key: max(key.split("{}"), key=len).strip() for key in sentences()}

    assert [key for key, piece in longest.items() if not key.startswith("E-") and piece not in code] == []


WORDS = {"review": "审查", "closed": "已结束", "submit": "提交", "assigned": "已分派", "recommended": "已建议"}


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (
            "a review that is closed cannot be told to submit; it must be assigned or recommended",
            "审查现为已结束，不能执行“提交”；须为已分派或已建议",
        ),
        ("there is no measure 7", "没有措施 7"),
        ("log in first", "请先登录"),
        ("nobody has said this before", "nobody has said this before"),
        (" " * 900, " " * 900),
    ],
)
def test_a_refusal_is_said_in_chinese_with_the_words_of_what_it_names(sentence, said):
    assert refusal(sentence, "zh", lambda word: WORDS.get(word, word)) == said
    assert refusal(sentence, "en", str) == sentence
