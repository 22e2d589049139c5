"""Messages say what happened, what to do and until when, in both languages, and never more than they may."""

import ast
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, nodes
from jinja2.exceptions import SecurityError, UndefinedError

import riskreview
from riskreview.notifications.content import Content, EventView, MessageView
from riskreview.notifications.rendering import (
    ACKNOWLEDGED,
    BLOCKS,
    GENERIC,
    TEMPLATES,
    Renderer,
    _environment,
    known_kinds,
)
from riskreview.notifications.words import Speaker, labels
from riskreview.policy.channels import LIMITS

RENDERER = Renderer(
    "https://risk.example.com/riskreview", lambda nonce: f"https://risk.example.com/acknowledge/{nonce}"
)
KINDS = sorted(known_kinds())

DYNAMIC = {
    "mechanisms/duty.py": {"duty_reminder", "duty_escalated", "duty_exhausted"},
    "validation/feeds.py": {"feed_stale", "feed_never"},
    "monitoring/desk.py": {"signal_snoozed", "signal_woken", "signal_closed"},
    "reviews/acting.py": {
        "review_in_approval",
        "review_appealed",
        "review_decided",
        "review_information",
        "review_answered",
        "review_to_implement",
        "review_reassigned",
        "review_reopened",
        "review_cancelled",
        "review_settled",
    },
    "measures/desk.py": {
        "measure_proposed",
        "measure_decided",
        "measure_to_implement",
        "measure_ended",
        "measure_reversal_asked",
    },
    "measures/carrying_out.py": {"measure_in_force", "measure_ended", "measure_expiring"},
    "crm/telling.py": {"crm_drift", "crm_overwritten"},
    "screening/use_cases.py": {"screening_list_old", "screening_list_refused"},
}
"""Modules that choose a kind while running, and the kinds they choose from."""

FACTS = {
    "customer_id": "C-004711", "customer_key": 12, "risk_class": "critical", "rule_id": "payment_default", "severity": "emergency",
    "playbook_id": "PB1", "step_id": "call", "role": "credit_manager", "owner": "li", "deputy": "anna", "level": 2, "count": 3,
    "due_at": "2026-07-03T09:00:00+00:00", "as_of": "2026-06-30", "duty_kind": "review_approval_2", "channel": "wecom",
    "source_id": "kingdee", "batch_id": 4, "attempts": 3, "steps": 2, "code": "E-DATE", "last_good_as_of": "2026-06-28",
    "name": "Secret Name Ltd", "exposure": 1234567.89,
}  # fmt: skip


def rendered(
    kind: str, language: str = "en", *, facts: dict[str, object] | None = None, limit: int = 4096, items: int = 1, recipient: str = "",
    names: dict[str, str] | None = None, people: dict[str, str] | None = None,
) -> Content:  # fmt: skip
    event = EventView(kind, "review", "17", "high", FACTS if facts is None else facts, datetime(2026, 7, 1, tzinfo=UTC))
    events = (event,) * min(items, 50)
    view = MessageView("RR-AAAA-BBBB", kind, "high", items, events, {kind: items}, "nonce", names or {}, recipient)
    renderer = replace(RENDERER, people=people or {})
    return renderer.render(view, language=language, time_zone="Asia/Shanghai", limit=limit)


def enqueued_kinds() -> tuple[set[str], set[str]]:
    fixed: set[str] = set()
    dynamic: set[str] = set()
    root = Path(riskreview.__file__).parent
    for path in root.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "OutboxEvent(" in text else ():
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "OutboxEvent":
                continue
            named = [word.value for word in node.keywords if word.arg == "kind"]
            kind = named[0] if named else node.args[1]
            if isinstance(kind, ast.Constant):
                fixed.add(str(kind.value))
            else:
                dynamic.add(path.relative_to(root).as_posix())
    return fixed, dynamic


def test_every_kind_any_room_enqueues_has_sentences_of_its_own() -> None:
    fixed, dynamic = enqueued_kinds()
    assert dynamic <= set(DYNAMIC), "a module chooses kinds while running: list them in DYNAMIC"
    assert (fixed | {kind for kinds in DYNAMIC.values() for kind in kinds}) - known_kinds() == set()


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_have_the_same_blocks_and_use_the_same_facts(kind: str) -> None:
    used: dict[str, tuple[set[str], set[str]]] = {}
    for language in ("en", "zh"):
        tree = Environment(autoescape=True).parse(
            (TEMPLATES / "words" / f"{kind}.{language}.j2").read_text(encoding="utf-8")
        )
        blocks = {block.name for block in tree.find_all(nodes.Block)}
        calls = {
            argument.value
            for call in tree.find_all(nodes.Call)
            for argument in call.args
            if isinstance(argument, nodes.Const)
        }
        used[language] = blocks, calls
    assert used["en"] == used["zh"]
    assert used["en"][0] == set(BLOCKS)


def test_both_languages_have_the_same_labels() -> None:
    assert {group: set(words) for group, words in labels("en").items()} == {
        group: set(words) for group, words in labels("zh").items()
    }
    assert set(labels("en")["kinds"]) == known_kinds()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("facts", [FACTS, {}])
def test_every_message_says_what_happened_what_to_do_and_carries_ref_and_link(
    kind: str, language: str, facts: dict[str, object]
) -> None:
    content = rendered(kind, language, facts=facts)
    for form in (content.text, content.html, content.chat):
        assert "RR-AAAA-BBBB" in form
        assert content.link in form
        assert "None" not in form
        assert "Secret Name" not in form
        assert "1234567" not in form
    assert content.subject
    assert "\n" not in content.subject
    chinese = re.search(r"[一-鿿]", content.subject + content.text)
    assert bool(chinese) == (language == "zh")


def test_the_due_date_is_told_in_the_readers_zone_and_language() -> None:
    assert "Friday 3 July 2026, 17:00" in rendered("review_opened").text
    assert "2026年7月3日 星期五 17:00" in rendered("review_opened", "zh").text


def test_a_subject_tells_the_due_date_shortly_with_its_year_only_where_that_is_another_one() -> None:
    facts = {**FACTS, "due_at": "2027-01-04T09:00:00+00:00"}

    assert "due Fri 3 Jul 17:00" in rendered("review_opened").subject
    assert "截止 7月3日 周五 17:00" in rendered("review_opened", "zh").subject
    assert "Mon 4 Jan 2027" in rendered("review_opened", facts=facts).subject


def test_whoever_stands_in_reads_that_somebody_else_owes_it() -> None:
    facts = {**FACTS, "owner": "bo", "duty_kind": "review"}

    assert "You are asked to" in rendered("duty_reminder", facts=facts, recipient="bo").text
    assert "is away, so you hear of it: bo is asked" in rendered("duty_reminder", facts=facts, recipient="ann").text
    assert "不在岗" in rendered("duty_reminder", "zh", facts=facts, recipient="ann").text


def test_who_keeps_the_records_of_trainings_is_not_told_to_take_another_s() -> None:
    facts: dict[str, object] = {"course_id": "law", "person": "anna"}
    assert "What you must do: Take it," in rendered("training_lapsed", facts=facts, recipient="anna").text
    assert "See that it is taken, and record it" in rendered("training_lapsed", facts=facts, recipient="li").text


def test_people_are_called_by_name_and_whoever_has_left_by_the_id() -> None:
    facts = {**FACTS, "owner": "u-7", "deputy": "u-8", "previous_owner": "u-9", "duty_kind": "review"}
    people = {"u-7": "Ann Lee", "u-8": "周兰"}

    english = rendered("duty_taken_over", facts=facts, people=people, recipient="u-8").text
    assert "u-9" in english
    assert "Owner: Ann Lee" in english
    assert "Deputy: 周兰" in english
    assert not re.search("u-[78]", english)
    for name, told in (("Ann Lee", "现由 Ann Lee 负责"), ("周兰", "现由周兰负责")):
        chinese = rendered("duty_taken_over", "zh", facts=facts, people={"u-7": name}, recipient="u-8").text
        assert told in chinese


def test_a_channel_of_the_firm_s_own_names_the_customer() -> None:
    content = rendered("review_opened", names={"C-004711": "Acme & Söhne <AG>"})

    assert "Acme & Söhne <AG>" in content.subject
    assert "Acme &amp; Söhne &lt;AG&gt;" in content.html
    assert "Names and amounts" not in content.text


@pytest.mark.parametrize("letter", ["海", "👩\u200d👩\u200d👧", "щ\u0301", "👍🏽"])
def test_however_long_a_customers_name_is_what_to_do_and_until_when_is_told_whole(letter: str) -> None:
    content = rendered("duty_escalated", limit=LIMITS["wecom"], names={"C-004711": letter * 400})

    assert len(content.chat.encode()) <= LIMITS["wecom"]
    for whole in ("What you must do: ", "Until: **", "/acknowledge/nonce", f"({content.link})", content.ref):
        assert whole in content.chat
    told = re.findall(f"(?:{letter})+…", content.chat)
    assert told
    assert content.chat.count(letter[0]) == sum(
        name.count(letter[0]) for name in told
    )  # nothing of a letter stands alone


def test_a_plan_that_is_practised_was_started_for_nobody() -> None:
    facts = {"playbook_id": "PB3", "is_drill": True}

    assert "The emergency plan PB3 was started. This is a drill" in rendered("playbook_activated", facts=facts).text
    assert "已启动应急预案 PB3。这是一次演练" in rendered("playbook_activated", "zh", facts=facts).text


def test_several_steps_are_told_apart_and_what_called_for_a_review_is_in_words() -> None:
    facts = {
        **FACTS,
        "steps": 2,
        "step_id": "hold_orders, provision",
        "playbook_id": "PB1",
        "policy_line": "semi_annual",
    }

    assert "(1) hold_orders (2) provision" in rendered("step_assigned", facts=facts).text
    assert "每半年" in rendered("review_opened", "zh", facts=facts).text


def test_a_worsened_customer_is_told_with_what_worsened_it() -> None:
    facts = {**FACTS, "moved_by": ["P1", "T2"]}
    assert "mostly by P1, T2." in rendered("signal_raised", facts=facts).text
    assert "主要因素：P1、T2。" in rendered("signal_raised", "zh", facts=facts).text


@pytest.mark.parametrize("kind", KINDS)
def test_one_thing_is_told_in_the_singular(kind: str) -> None:
    once = dict.fromkeys(("count", "overdue", "attempts", "held_customers", "steps"), 1)

    text = rendered(kind, facts={**FACTS, **once}).text

    assert not re.search(
        r"\b1 (?:active|are|attempts|checkpoints|customers|duties|items|reviews|signals|steps|times)\b", text
    ), text


def test_a_role_is_told_by_its_word() -> None:
    event = EventView("nobody_available", "role", "collections", "critical", {"role": "collections"})
    view = MessageView("RR-A", "nobody_available", "critical", 1, (event,), {"nobody_available": 1}, "n")

    assert "现由您接手：角色催收。" in RENDERER.render(view, language="zh", time_zone="UTC", limit=4096).text


def test_only_messages_with_a_duty_offer_to_acknowledge() -> None:
    assert known_kinds() >= ACKNOWLEDGED
    assert "/acknowledge/nonce" in rendered("duty_escalated").chat
    assert "/acknowledge/" not in rendered("signal_raised").html


def test_an_unknown_kind_falls_back_to_the_generic_sentences() -> None:
    content = rendered("something_new")
    assert "needs your attention" in content.text
    assert content.link.endswith("/reviews/17")


def test_a_fact_with_markup_stays_text_in_html_and_does_nothing_in_chat() -> None:
    content = rendered(
        "review_opened", facts={**FACTS, "customer_id": "<script>x</script>[a](http://evil.example) <@all>"}
    )
    assert "<script>" not in content.html
    assert "[a](" not in content.chat
    assert "<@all>" not in content.chat


def test_a_customers_name_formats_links_and_mentions_nothing_in_any_chat() -> None:
    name = "_A_ *B* `C` ~~D~~ |E| # F <!channel> [G](https://evil.example) kingdee_items"

    chat = rendered("review_opened", names={"C-004711": name}).chat

    said = chat.replace("**", "").split("\n")[0]
    assert not set("*`~|#<>[]") & set(said)
    assert "://" not in said
    assert "＿A＿" in said
    assert "kingdee_items" in said


def test_in_chinese_a_space_parts_an_id_from_the_character_behind_it() -> None:
    content = rendered("review_information", "zh")
    named = rendered("review_information", "zh", names={"C-004711": "3M中国"})

    assert "客户 C-004711 的审查" in content.chat
    assert "3M中国的审查" in named.chat
    assert "新开审查：Acme Ltd，" in rendered("review_opened", "zh", names={"C-004711": "Acme Ltd"}).subject
    assert "已为 Acme Ltd 开启" in rendered("review_opened", "zh", names={"C-004711": "Acme Ltd"}).text
    assert "宁波海天的信用保险" in rendered("measure_ended", "zh", facts={**FACTS, "measure_kind": "credit_insurance"},
                                   names={"C-004711": "宁波海天"}).text  # fmt: skip
    assert "\ue000" not in content.text + content.html + content.chat + named.chat


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        if tag not in {"meta", "br", "link", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("kind", ["digest", "step_assigned"])
def test_the_html_is_well_formed_and_loads_nothing(kind: str) -> None:
    content = rendered(kind, items=60)
    reader = _Tags()
    reader.feed(content.html)
    assert reader.open == []
    assert not re.search(r"<(img|script|link|iframe)|src=|@import|url\(", content.html)


@given(st.integers(500, 6000), st.integers(1, 5000), st.text(min_size=1, max_size=300))
def test_the_chat_form_never_exceeds_its_byte_limit_and_keeps_the_ref(limit: int, items: int, customer: str) -> None:
    content = rendered("digest", "zh", limit=limit, items=items, facts={**FACTS, "customer_id": customer})
    assert len(content.chat.encode()) <= limit
    assert "RR-AAAA-BBBB" in content.chat


def test_a_digest_lists_what_fits_and_counts_the_rest() -> None:
    content = rendered("digest", items=4321)
    assert "4321" in content.subject
    assert "+ 4271 more on the page" in content.text


def test_templates_cannot_reach_python_and_an_unknown_variable_is_an_error() -> None:
    with pytest.raises(SecurityError):
        _environment().from_string("{{ ''.__class__.__mro__ }}").render()
    with pytest.raises(UndefinedError):
        _environment().from_string("{{ nothing_like_it }}").render()


@given(
    st.dictionaries(st.sampled_from(sorted(FACTS)), st.none() | st.integers() | st.text(max_size=20) | st.booleans())
)
def test_no_facts_can_stop_a_message(facts: dict[str, object]) -> None:
    event = EventView("duty_escalated", "review", "1", "high", json.loads(json.dumps(facts)))
    view = MessageView("RR-A", "duty_escalated", "high", 1, (event,), {"duty_escalated": 1}, "n")
    assert RENDERER.render(view, language="zh", time_zone="UTC", limit=2000).subject


def test_values_that_are_no_dates_stay_as_they_are() -> None:
    speaker = Speaker("en", "UTC", "http://c")
    assert speaker.moment("soon") == "soon"
    assert speaker.value("risk_class", 4) == "critical"
    assert GENERIC in known_kinds()
