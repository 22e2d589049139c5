"""The risk policy: the shipped one is sound, and each wrong one is refused by line."""

import pytest

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED
from riskreview.policy.risk_lines import Indicator
from riskreview.policy.risk_policy import FILE, load_policy, policy_of
from riskreview.policy.risk_terms import FLAGS, INDICATOR_IDS, RiskClass, Severity
from riskreview.policy.risk_text import figure, missing_sentence, sentence, signal_figure
from riskreview.policy.roles import ROLES
from riskreview.validation.rules import load_validation_policy

SHIPPED = (PACKAGED / "policies" / FILE).read_text("utf-8")


def load(instance, text):
    (instance.home / "policies" / FILE).write_text(text, "utf-8")
    return load_policy(instance)


def changed(old, new, *, count=1):
    assert old in SHIPPED, old
    return SHIPPED.replace(old, new, count)


def test_the_shipped_policy_has_forty_three_indicators_of_a_hundred_points_in_six_dimensions(instance):
    policy = load_policy(instance)

    assert set(policy.indicator_ids) == set(INDICATOR_IDS)
    assert (len(policy.indicator_ids), len(policy.dimensions)) == (43, 6)
    by_dimension = {
        one.id: sum(item.points for item in policy.indicators if item.dimension == one.id) for one in policy.dimensions
    }
    assert by_dimension == {one.id: one.points for one in policy.dimensions}
    assert sum(by_dimension.values()) == 100


def test_every_shipped_indicator_says_where_it_comes_from_and_what_missing_means(instance):
    for item in load_policy(instance).indicators:
        assert item.sources, item.id
        assert item.min_history is not None, item.id
        assert item.missing_why is not None, item.id
        assert set(item.ages_with) <= set(item.sources), item.id


def test_the_checklist_of_the_policy_is_the_one_validation_accepts(instance):
    accepted = next(
        rule for rule in load_validation_policy(instance).rules["field_reports"] if rule.id == "visits_flag"
    )

    assert set(load_policy(instance).indicator("E6").meanings) == set(accepted.values)


def test_what_is_missing_says_how_to_repair_it(instance):
    item = load_policy(instance).indicator("E1")

    assert missing_sentence(item, "en") == (
        "management quality is not known: it needs ratings by two people, not older than a year (deliver assessor_ratings)"
    )
    assert missing_sentence(item, "zh") == "管理层质量未知：需要两人在一年内的评分（请提供 assessor_ratings）"


def test_the_digest_does_not_depend_on_layout_but_on_content(instance):
    digest = load_policy(instance).digest

    assert load(instance, "# a comment\n" + changed("days: 60}", "days:   60 }")).digest == digest
    assert load(instance, changed("evaluations: 2", "evaluations: 3")).digest != digest


def test_the_stored_text_gives_the_same_policy(instance):
    policy = load_policy(instance)

    assert policy_of(policy.content) == policy


def test_every_class_has_a_cadence_and_unknown_is_reviewed_like_medium(instance):
    policy = load_policy(instance)

    cadences = {word.name: policy.cadence_months(word.name) for word in RiskClass}
    assert cadences == {"unknown": 6, "low": 12, "medium": 6, "high": 3, "critical": 3, "default": 3}


def test_both_languages_have_a_reference_page_with_every_indicator_and_rule(instance):
    policy = load_policy(instance)

    for language in ("en", "zh"):
        page = policy.reference_page(language)
        assert all(f"| {name} |" in page for name in policy.indicator_ids)
        assert all(f"`{rule.id}`" in page for rule in policy.signals.rules)
        assert "{" not in page


def test_the_points_of_the_master_scale_are_those_of_the_odds(instance):
    scale = load_policy(instance).master_scale

    assert [round(scale.points_at(item.pd_up_to_pct / 100)) for item in scale.grades] == [
        706, 686, 666, 640, 620, 599, 579, 558, 535, 509,
    ]  # fmt: skip


def test_sentences_are_written_in_both_languages(instance):
    policy = load_policy(instance)
    item = policy.indicator("P1")

    assert sentence(item, 72, 60, policy, "en") == "the oldest material item is 72 days past due (line 60 days)"
    assert sentence(item, 72, 60, policy, "zh") == "最早的重大未清款项已逾期 72 天（界线 60 天）"
    assert figure(1, item, policy, "en") == "1 day"
    assert figure(float("nan"), item, policy, "zh") == "未知"
    assert figure(4, policy.indicator("M5"), policy, "en") == "critical"
    assert figure(2, policy.indicator("C1"), policy, "zh") == "未处理的匹配"
    assert figure(2, policy.indicator("C2"), policy, "en") == "call for action"
    assert figure(9, policy.indicator("C2"), policy, "en") == "unknown"
    assert figure(-0.001, policy.indicator("F3"), policy, "en") == "0"


@pytest.mark.parametrize(
    ("rule_id", "value", "said"),
    [("payment_default", 140, "140 days"), ("group_contagion", 5, "default"), ("class_worsened", 4, "critical"), ("challenger_disagrees", 0, "unknown"),
     ("P2", 45, "45 %"), ("restatement", 1, None), ("insolvency_told", 1, None)],
)  # fmt: skip
def test_a_signal_says_its_value_as_its_rule_means_it(rule_id, value, said, instance):
    assert signal_figure(rule_id, value, load_policy(instance), "en") == said


P1_POINTS = "    alarm: 60\n    points: 6"


@pytest.mark.long
@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("validity: {low: 45", "validity: {low: 20", "E-POLICY-VALIDITY", "validity: {low"),
        ("code: 111", "code: 110", "E-POLICY-DUPLICATE", "alarm_rule:"),
        ("- all: [{flag: insolvency}]", "- all: [{challenger_apart_at_least: 2}]", "E-POLICY-EXPR", "challenger_apart"),
        ("unit: ratio", "unit: ratoi", "E-POLICY-TYPE", "unit: ratoi"),
        ("closure_by: [compliance]", "closure_by: [legal]", "E-POLICY-KEY", "closure_by: [legal]"),
        ("    warning: 15\n    alarm: 60", "    warning: 015\n    alarm: 60", "E-POLICY-TYPE", "warning: 015"),
        ("    warning: 15\n    alarm: 60", "    warning: 12:30:00\n    alarm: 60", "E-POLICY-TYPE", "warning: 12:30:00"),
        ("    warning: 15\n    alarm: 60", '    warning: "15"\n    alarm: 60', "E-POLICY-TYPE", 'warning: "15"'),
        ("    warning: 15\n    alarm: 60", "    warning: NO\n    alarm: 60", "E-POLICY-TYPE", "warning: NO"),
        ("    warning: 15\n    alarm: 60", "    warning: .nan\n    alarm: 60", "E-POLICY-TYPE", "warning: .nan"),
        ("relaxation:", "relaxation: {evaluations: 2, days: 60}\nrelaxation:", "E-YAML-DUPKEY", None),
        ("effective_from: 2000-01-01", "effective_from: &day 2000-01-01", "E-YAML-ALIAS", None),
        ('version: "2026.3"', "version: !!python/object:os.system x", "E-YAML-TAG", None),
        ("    from: 35\n", "    from: 36\n", "E-POLICY-GAP", "from: 36"),
        ("    from: 35\n", "    from: 34\n", "E-POLICY-OVERLAP", "from: 34"),
        ("    to: 100\n", "    to: 99\n", "E-POLICY-GAP", "to: 99"),
        ("    exit: 31\n", "    exit: 40\n", "E-POLICY-LINE", "exit: 40"),
        (P1_POINTS, "    alarm: 60\n    points: 60", "E-POLICY-WEIGHT", "- {id: payment"),
        (P1_POINTS, "    alarm: 60\n    points: -1", "E-POLICY-WEIGHT", "points: -1"),
        (P1_POINTS, "    alarm: 60\n    points: 0", "E-POLICY-WEIGHT", "points: 0"),
        (P1_POINTS, "    alarm: 60\n    points: .nan", "E-POLICY-WEIGHT", "points: .nan"),
        ("points: 30, core", "points: 31, core", "E-POLICY-WEIGHT", "dimensions:"),
        ("relaxation:", "relaxaton:", "E-POLICY-KEY", "relaxaton:"),
        ("    warning: 15\n", "    warnning: 15\n", "E-POLICY-KEY", "warnning: 15"),
        ("    direction: up\n    warning: 15", "    direction: down\n    warning: 15", "E-POLICY-DIRECTION", "- id: P1"),
        ("    warning: 15\n    alarm: 60", "    warning: 60\n    alarm: 60", "E-POLICY-DIRECTION", "- id: P1"),
        ("    warning: 15\n    alarm: 60", "    grace_days: 20\n    warning: 15\n    alarm: 60", "E-POLICY-LINE", "- id: P1"),
        ("review_every_months: 12", "review_every_months: 0", "E-POLICY-CADENCE", "review_every_months: 0"),
        ("review_every_months: 12", "review_every_months: 13 weeks", "E-POLICY-CADENCE", "review_every_months: 13 weeks"),
        ("[{flag: insolvency}]", "__import__('os').system('x')", "E-POLICY-TYPE", "all: __import__"),
        ("- all: [{flag: insolvency}]", "- P1 > 90 and insolvency", "E-POLICY-EXPR", "- P1 > 90"),
        ("{flag: insolvency}]", '"P1 > 90"]', "E-POLICY-EXPR", '- all: ["P1 > 90"]'),
        ("{flag: insolvency}", "{flag: insolvency, above: 3}", "E-POLICY-EXPR", "- all: [{flag: insolvency, above"),
        ("{flag: insolvency}", "{flag: insolvent}", "E-POLICY-TYPE", "- all: [{flag: insolvent"),
        ("{indicator: C1, at_least: 3}", "{indicator: C9, at_least: 3}", "E-POLICY-KEY", "- all: [{indicator: C9"),
        ("{indicator: C1, at_least: 3}", "{indicator: C1, below: 3}", "E-POLICY-DIRECTION", "- all: [{indicator: C1, below"),
        ("effective_from: 2000-01-01", "effective_from: 2500-01-01", "E-POLICY-DATE", "effective_from: 2500-01-01"),
        ("effective_from: 2000-01-01", "line_overrides: [{id: own, name: {en: a, zh: b}, industries: [F], lines: {P3: {warning: 20, alarm: 10}}, source: the trade}]\neffective_from: 2000-01-01", "E-POLICY-DIRECTION", "line_overrides:"),
        ("effective_from: 2000-01-01", "line_overrides: [{id: own, name: {en: a, zh: b}, industries: [F], lines: {T1: {warning: -20, alarm: -30}}, source: the trade}]\neffective_from: 2000-01-01", "E-POLICY-LINE", "line_overrides:"),
        ("effective_from: 2000-01-01", "line_overrides: [{id: own, name: {en: a, zh: b}, segments: [], lines: {P3: {warning: 20, alarm: 40}}, source: the trade}]\neffective_from: 2000-01-01", "E-POLICY-KEY", "line_overrides:"),
        ("effective_from: 2000-01-01", "line_overrides: [{id: own, name: {en: a, zh: b}, segments: [key], lines: {P99: {warning: 20, alarm: 40}}, source: the trade}]\neffective_from: 2000-01-01", "E-POLICY-KEY", "line_overrides:"),
        ("  not_over: [T1,", "  not_over: [T9,", "E-POLICY-KEY", "not_over: [T9"),
        ("  after_days: 365", "  after_days: 30", "E-POLICY-TYPE", "after_days: 30"),
        ("effective_from: 2000-01-01", "effective_from: soon", "E-POLICY-TYPE", "effective_from: soon"),
        ("is {value} (line {line}; below", "is {valeu} (line {line}; below", "E-TEMPLATE-VAR", "{valeu}"),
        ("is {value} (line {line}; below", "is {value.__class__} (line {line}; below", "E-TEMPLATE-VAR", "__class__"),
        ("  - id: F2\n", "  - id: F1\n", "E-POLICY-DUPLICATE", "- id: F1"),
        ("    code: 2\n", "    code: 1\n", "E-POLICY-DUPLICATE", "- id: insolvency"),
        ("  - id: F2\n", "  - id: F11\n", "E-POLICY-KEY", "id: F11"),
        ("dimension: payment\n", "dimension: paymet\n", "E-POLICY-KEY", "dimension: paymet"),
        ("requires: {indicator: P8", "requires: {indicator: P7", "E-POLICY-KEY", "requires: {indicator: P7"),
        ("audience: [compliance]", "audience: [complience]", "E-TEAM-ROLE", "audience: [complience]"),
        ("    shows: C1\n", "    shows: C7\n", "E-POLICY-KEY", "shows: C7"),
        ("  - id: low\n", "  - id: lowest\n", "E-POLICY-TYPE", "- id: lowest"),
        ("{grade: 3, pd", "{grade: 4, pd", "E-POLICY-GAP", "- {grade: 4, pd_up_to_pct: 0.2"),
        ("pd_up_to_pct: 0.2,", "pd_up_to_pct: 0.1,", "E-POLICY-OVERLAP", "- {grade: 3, pd_up_to_pct: 0.1"),
        ("pd_up_to_pct: 4, class: medium", "pd_up_to_pct: 4, class: low", "E-POLICY-LINE", "- {grade: 7"),
        ("pd_up_to_pct: 4, class: medium", "pd_up_to_pct: 4, class: default", "E-POLICY-TYPE", "- {grade: 7"),
    ],
)  # fmt: skip
def test_a_wrong_policy_is_refused_with_its_code_and_line(instance, old, new, code, place):
    text = changed(old, new)

    with pytest.raises(BadInput) as refused:
        load(instance, text)

    assert refused.value.code == code, str(refused.value)
    if place is not None:
        assert refused.value.line is not None, str(refused.value)
        assert place in text.splitlines()[refused.value.line - 1], str(refused.value)
    assert refused.value.source == FILE


def test_a_misspelled_key_is_answered_with_the_right_one(instance):
    with pytest.raises(BadInput, match="Did you mean warning"):
        load(instance, changed("    warning: 15\n", "    warnning: 15\n"))


def test_words_and_codes_are_those_of_the_glossary():
    assert [word.name for word in RiskClass] == ["unknown", "low", "medium", "high", "critical", "default"]
    assert [word.value for word in RiskClass] == [0, 1, 2, 3, 4, 5]
    assert [word.name for word in Severity] == ["none", "warning", "alarm", "emergency"]


def test_flags_are_those_the_indicators_room_knows():
    from riskreview.indicators import frame

    assert set(frame.FLAGS) == set(FLAGS)


def test_every_audience_of_a_signal_is_a_role(instance):
    policy = load_policy(instance)

    named = {role for rule in policy.signals.rules for role in rule.audience} | set(policy.signals.indicator_audience)
    assert named <= set(ROLES)


def test_every_line_of_the_shipped_policy_lies_on_the_bad_side_of_its_warning(instance):
    def worse(item: Indicator) -> bool:
        return item.alarm > item.warning if item.direction == "up" else item.alarm < item.warning

    assert all(worse(item) for item in load_policy(instance).indicators)
