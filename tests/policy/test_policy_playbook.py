"""Playbooks are refused by line with a stable code before anything may rely on them (bad inputs 82 to 91)."""

from pathlib import Path

import pytest

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.policy.playbook import check_playbook, check_playbooks, check_together, load_playbook, load_playbooks
from riskreview.policy.playbook_text import check_text, fill

GOOD = """\
playbook: PB90
version: "1.0"
title: {en: "Flood", zh: "洪水"}
identification:
  summary: {en: "Water at {{ customer_id }}", zh: "进水"}
  triggers:
    - {rule: flood, min_severity: alarm, min_class: high}
measures:
  steps:
    - id: close_gate
      title: {en: "Close the gate", zh: "关闸"}
      role: logistics
      deadline: 4h
      evidence: {en: "Picture", zh: "照片"}
    - id: count_goods
      title: {en: "Count the goods", zh: "盘点"}
      role: finance
      deadline: 2wd
      depends_on: [close_gate]
      evidence: {en: "List", zh: "清单"}
  closed_when: {en: "Dry", zh: "干燥"}
duties:
  incident_owner: logistics
  roles:
    logistics: {deputy: supply}
    finance: {deputy: treasury}
  approvers: [cfo, executive]
  ladder:
    - {at_pct: 50, to: [owner]}
    - {after: 4h, to: [deputy, cfo]}
resources:
  - {kind: people, what: {en: "Pumps", zh: "水泵"}}
"""


def write(folder: Path, text: str, name: str = "pb90.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_eight_shipped_playbooks_are_in_order_and_speak_both_languages() -> None:
    books = check_playbooks(sorted((PACKAGED / "playbooks").glob("*.yaml")))

    assert [book.id for book in books] == [f"PB{n}" for n in range(1, 9)]
    for book in books:
        for step in book.measures.steps:
            assert any("\u4e00" <= letter <= "\u9fff" for letter in step.title.zh)
            assert step.title.en.isascii()


def test_every_emergency_of_the_shipped_policy_has_a_playbook(instance: Instance) -> None:
    from riskreview.policy.risk_policy import load_policy

    answered = {trigger.rule for book in load_playbooks(instance) for trigger in book.identification.triggers}
    emergencies = {rule.id for rule in load_policy(instance).signals.rules if rule.severity == "emergency"}

    assert emergencies <= answered


def test_a_good_playbook_has_no_problems_and_a_digest_that_ignores_layout(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    other = write(
        tmp_path, "# a comment\n" + GOOD.replace('{en: "Flood", zh: "洪水"}', "{zh: '洪水', en: 'Flood'}"), "other.yaml"
    )

    assert check_playbook(path) == ()
    assert load_playbook(path).digest == load_playbook(other).digest
    assert (
        load_playbook(path).digest
        != load_playbook(write(tmp_path, GOOD.replace("4h\n      ev", "5h\n      ev"))).digest
    )


@pytest.mark.parametrize(("old", "new", "code", "line"), [
    ("role: logistics", "role: boss", "E-PLAYBOOK-OWNER", 12),
    ("      role: logistics\n", "", "E-PLAYBOOK-OWNER", 10),
    ("    finance: {deputy: treasury}", "    finance: {deputy: nobody}", "E-PLAYBOOK-OWNER", 26),
    ("    finance: {deputy: treasury}\n", "", "E-PLAYBOOK-OWNER", 17),
    ("incident_owner: logistics", "incident_owner: chief", "E-PLAYBOOK-OWNER", 23),
    ("to: [deputy, cfo]", "to: [deputy, mayor]", "E-PLAYBOOK-OWNER", 30),
    ('      evidence: {en: "Picture", zh: "照片"}', '      depends_on: [count_goods]\n      evidence: {en: "Picture", zh: "照片"}', "E-PLAYBOOK-CYCLE", 14),
    ("depends_on: [close_gate]", "depends_on: [count_goods]", "E-PLAYBOOK-CYCLE", 19),
    ("depends_on: [close_gate]", "depends_on: [open_gate]", "E-PLAYBOOK-STEP", 19),
    ("id: count_goods", "id: close_gate", "E-PLAYBOOK-STEP", 15),
    ("deadline: 4h", "deadline: 0", "E-PLAYBOOK-DURATION", 13),
    ("deadline: 4h", "deadline: -5", "E-PLAYBOOK-DURATION", 13),
    ("deadline: 4h", "deadline: 5", "E-PLAYBOOK-DURATION", 13),
    ("after: 4h", "after: 4", "E-PLAYBOOK-DURATION", 30),
    ("after: 4h, to", "at_pct: 20, after: 4h, to", "E-PLAYBOOK-LADDER", 30),
    ("approvers: [cfo, executive]", "approvers: [cfo]", "E-PLAYBOOK-FOUR-EYES", 27),
    ("approvers: [cfo, executive]", "approvers: [cfo, cfo]", "E-PLAYBOOK-FOUR-EYES", 27),
    ("{{ customer_id }}", "{{ ''.__class__ }}", "E-TEMPLATE-UNSAFE", 5),
    ("{{ customer_id }}", "{% include 'x' %}", "E-TEMPLATE-UNSAFE", 5),
    ("{{ customer_id }}", "{{ balance }}", "E-TEMPLATE-VAR", 5),
    ("Pumps", "p" * 3000, "E-TEMPLATE-SIZE", 32),
    ("Pumps", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abcdef", "E-SECRET-INLINE", 32),
    ("Pumps", "https://user:pw@example.com/", "E-SECRET-INLINE", 32),
    ("Pumps", "password: hunter2", "E-SECRET-INLINE", 32),
    ("Pumps", "json://169.254.169.254/latest", "E-CHANNEL", 32),
    ("Pumps", "file:///etc/passwd", "E-CHANNEL", 32),
    ("Pumps", "syslog://localhost", "E-CHANNEL", 32),
    ("Pumps", "https://10.0.0.7/x", "E-CHANNEL", 32),
    ("Pumps", "https://example.com/?redirect=yes", "E-CHANNEL", 32),
    ("Pumps", "https://example.com/?verify=no", "E-CHANNEL", 32),
    ('resources:\n  - {kind: people, what: {en: "Pumps", zh: "水泵"}}\n', "", "E-PLAYBOOK-SECTION", None),
    ('resources:\n  - {kind: people, what: {en: "Pumps", zh: "水泵"}}\n', "resources: []\n", "E-PLAYBOOK-SECTION", None),
    ("min_severity: alarm", "min_severity: severe", "E-POLICY-TYPE", 7),
    ("closed_when", "closed_wen", "E-POLICY-KEY", 21),
    (', zh: "关闸"', "", "E-POLICY-KEY", 11),
    ('version: "1.0"', 'version: "1.0"\nversion: "1.1"', "E-YAML-DUPKEY", 3),
    ('version: "1.0"', "version: !!python/object:os.system x", "E-YAML-TAG", 2),
])  # fmt: skip
def test_a_bad_playbook_is_refused_with_code_and_line(
    tmp_path: Path, old: str, new: str, code: str, line: int | None
) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))

    problems = check_playbook(path)

    assert code in {item.code for item in problems}
    found = next(item for item in problems if item.code == code)
    assert found.source == "pb90.yaml"
    if line is not None:
        assert found.line == line
    assert found.repair
    with pytest.raises(BadInput):
        load_playbook(path)


@pytest.mark.parametrize("before", [2, 1])
def test_a_long_plan_is_checked_at_once_however_its_steps_wait_for_each_other(tmp_path: Path, before: int) -> None:
    steps = "".join(
        f"    - {{id: s{n}, title: {{en: Do, zh: 做}}, role: finance, deadline: 1wd, evidence: {{en: Note, zh: 记录}},"
        f" depends_on: [{', '.join(f's{n - gap}' for gap in range(1, before + 1) if n >= gap)}]}}\n"
        for n in range(150 if before == 2 else 500)
    )
    begin, end = GOOD.index("    - id: close_gate"), GOOD.index("  closed_when")
    long = GOOD[:begin] + steps + GOOD[end:]

    assert check_playbook(write(tmp_path, long)) == ()
    (problem,) = check_playbook(write(tmp_path, long.replace("depends_on: []", "depends_on: [s1]", 1)))
    assert problem.found.startswith("s0 → s1 → s0 waits for itself")


def test_a_secret_is_not_repeated_in_the_error() -> None:
    for text in (
        "password=hunter2secret",
        "https://example.com/?token=hunter2secret",
        "https://a:hunter2secret@example.com/",
    ):
        assert all("hunter2secret" not in part for problem in check_text(text) for part in problem)


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = (
        GOOD.replace("Pumps", "file:///x")
        .replace("{{ customer_id }}", "{{ x }}")
        .replace("depends_on: [close_gate]", "depends_on: [y]")
    )

    assert [item.code for item in check_playbook(write(tmp_path, text))] == [
        "E-TEMPLATE-VAR",
        "E-PLAYBOOK-STEP",
        "E-CHANNEL",
    ]


def test_two_playbooks_for_one_trigger_are_ambiguous(tmp_path: Path) -> None:
    first = write(tmp_path, GOOD)
    second = write(
        tmp_path,
        GOOD.replace("PB90", "PB91").replace("flood, min_severity: alarm", "flood, min_severity: emergency"),
        "pb91.yaml",
    )

    found = check_together([(path, load_playbook(path)) for path in (first, second)])

    assert [(item.code, item.source, item.line) for item in found] == [("E-PLAYBOOK-AMBIGUOUS", "pb91.yaml", 7)]
    with pytest.raises(BadInput, match="E-PLAYBOOK-AMBIGUOUS"):
        check_playbooks([first, second])


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    paths = [write(tmp_path, GOOD), write(tmp_path, GOOD.replace("flood", "storm"), "storm.yaml")]

    with pytest.raises(BadInput, match="E-PLAYBOOK-DUPLICATE"):
        check_playbooks(paths)


@pytest.mark.parametrize(("severity", "risk_class", "pulled"), [
    ("warning", 5, False), ("alarm", 2, False), ("alarm", 3, True), ("emergency", 5, True), ("emergency", 0, False),
])  # fmt: skip
def test_a_trigger_needs_severity_and_class(tmp_path: Path, severity: str, risk_class: int, pulled: object) -> None:
    book = load_playbook(write(tmp_path, GOOD))

    assert (book.trigger_for(rule="flood", severity=severity, risk_class=risk_class) is not None) is pulled
    assert book.trigger_for(rule="storm", severity=severity, risk_class=risk_class) is None


def test_variables_are_filled_and_values_are_never_evaluated() -> None:
    assert (
        fill("{{ rule }} at {{customer_id}}", {"rule": "{{ customer_id }}", "customer_id": "C1"})
        == "{{ customer_id }} at C1"
    )


def test_an_instance_s_own_file_replaces_the_shipped_one(instance: Instance) -> None:
    own = (
        (PACKAGED / "playbooks" / "pb1_payment_default.yaml")
        .read_text(encoding="utf-8")
        .replace('version: "1.0"', 'version: "2.0"')
    )
    write(instance.home / "playbooks", own, "pb1_payment_default.yaml")

    books = load_playbooks(instance)

    assert (books[0].version, len(books)) == ("2.0", 8)
