"""Owns explaining one customer's class: every part is computed again from what is stored, by the policy that was used."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from sqlalchemy import Connection

from riskreview.assessment import history, store, wording
from riskreview.assessment.contrast import Stand, ways_back
from riskreview.assessment.current import read_customer
from riskreview.assessment.dormancy import dormant
from riskreview.assessment.explanation import Change, Explanation, Layer, Missing, RuleChange, WayBack
from riskreview.assessment.judged_row import Judged, Row, judge_row
from riskreview.assessment.model_reasons import model_reasons
from riskreview.assessment.past import Past
from riskreview.assessment.score import STALE
from riskreview.assessment.stand import stand_of
from riskreview.assessment.standing import HELD, unpack
from riskreview.assessment.telling import no_way, rule_changes, told_way
from riskreview.foundation.errors import NotFound
from riskreview.foundation.services import Services
from riskreview.opinions.store import in_force
from riskreview.policy.risk_terms import RiskClass
from riskreview.policy.risk_text import class_name, missing_sentence

NAMED = 3
DATA_STATES = ("fresh", "stale", "insufficient")


def explain(
    services: Services, *, customer_key: int, language: str, on_day: date | None = None, brief: bool = False
) -> Explanation:
    """Explain the current class of a customer.

    :param language: ``en`` or ``zh``.
    :param on_day: the day it is read; after its validity the class reads as ``unknown``. None: the day of the assessment.
    :param brief: only what is and why, which is fast; neither what changed since the assessment before nor what would lead back.
    :raises NotFound: when the customer is not in the current assessment.
    """
    with services.engine.connect() as connection:
        head = store.read_head(connection)
        if head is None:
            raise NotFound("no portfolio was assessed yet")
        row = read_customer(connection, customer_key=customer_key)
        now = judge_row(row, store.used_policy(connection, head.policy_version), language)
        now = replace(now, model_reasons=model_reasons(connection, now, digest=head.model_digest, language=language))
        unreviewed = bool(store.read_unreviewed(connection, as_of=now.day("as_of"), customer_key=customer_key))
        if brief:
            return _explained(services, now, None, None, language, on_day, unreviewed=unreviewed)
        before = _before(services, connection, now.day("as_of"), customer_key, language)
        stand = stand_of([row], now.positions, now.scale.policy, in_force(connection, on_day=now.day("as_of")))
    return _explained(services, now, before, stand, language, on_day, unreviewed=unreviewed)


def explain_past(services: Services, past: Past, *, language: str, on_day: date) -> Explanation:
    """Explain a class as it was in force on a day, by what was stored then; what would have led back is not asked any more."""
    with services.engine.connect() as connection:

        def judged(row: Row) -> Judged:
            return judge_row(row, store.used_policy(connection, str(row["policy_version"])), language)

        now, before = judged(past.row), None if past.before is None else judged(past.before)
        digest = str(past.row.get("model_digest") or "")
        now = replace(now, model_reasons=model_reasons(connection, now, digest=digest, language=language))
    return _explained(services, now, before, None, language, on_day, unreviewed=False)


def _explained(
    services: Services, now: Judged, before: Judged | None, stand: Stand | None, language: str, on_day: date | None, *,
    unreviewed: bool,
) -> Explanation:  # fmt: skip
    row, currency = now.row, services.instance.settings.reporting_currency
    ways, no_way = ((), ()) if stand is None else _ways_back(now, stand, language, currency)
    layers = _layers(now, language, unreviewed=unreviewed)
    circumstances = (*_circumstances(now, language, currency), *_own_lines(now, language))
    rules = rule_changes(None if before is None else before.facts, now.facts, language)
    missing = _missing(now, language)
    day, last, until = now.day("as_of"), RiskClass(now.whole("risk_class")), now.day("valid_until")
    is_valid = until >= (on_day or day)
    return Explanation(
        customer_key=now.whole("customer_key"), as_of=day, valid_until=until, last_class=last.name,
        risk_class=last.name if is_valid else RiskClass.unknown.name,
        previous_class=None if row["previous_class"] is None else RiskClass(now.whole("previous_class")).name,
        index_micro=now.index, contributions=now.contributions, layers=layers, changes=_changes(before, now), ways_back=ways,
        rule_changes=rules, moved_by=_moved_by(before, now),
        headline=_headline(now, layers, language) if is_valid else _expired(now, day, until, language),
        circumstances=circumstances,
        sentences=(_said(now, layers, language), *circumstances, *_sentences(now, before, layers, language), *(part.sentence for part in missing if part.is_felt),
                   *_rules_said(rules, language),
                   *(way.sentence for way in ways), *no_way),
        previous_as_of=None if before is None else before.day("as_of"), data_state=DATA_STATES[now.whole("data_state")],
        missing=missing,
        policy_version=now.scale.policy.version, policy_digest=now.scale.policy.digest,
    )  # fmt: skip


def _before(services: Services, connection: Connection, as_of: date, customer_key: int, language: str) -> Judged | None:
    table = history.read_before(services.instance, as_of=as_of, customer_keys=[customer_key])
    if table is None or not table.num_rows:
        return None
    row = table.slice(0, 1).to_pylist()[0]
    return judge_row(row, store.used_policy(connection, row["policy_version"]), language)


def _missing(now: Judged, language: str) -> tuple[Missing, ...]:
    """Return the indicators that are not known although they apply, or on which the class rested when they were; and a missing rate."""
    policy, confirmed, lacking = now.scale.policy, now.whole("confirmed"), int(now.evaluation.missing[0])
    neutral = {part.dimension for part in now.contributions if part.id.startswith("missing:")}
    insufficient = DATA_STATES[now.whole("data_state")] == "insufficient"
    found = []
    for item in policy.indicators:
        bit = now.scale.indicator(item.id).bit
        rested = bool(confirmed >> bit & 1)
        if np.isnan(now.positions.values[item.id][0]) and (rested or lacking >> bit & 1):
            is_felt = rested or insufficient or item.dimension in neutral
            found.append(
                Missing(item.id, item.name.of(language), item.sources, missing_sentence(item, language), is_felt)
            )
    if now.positions.flag("rate_missing")[0]:
        name, said = wording.RATE.of(language), wording.NO_RATE.of(language)
        found.append(Missing("rate_missing", name, ("fx_rates",), said, is_felt=True))
    return tuple(found)


def _circumstances(now: Judged, language: str, currency: str) -> tuple[str, ...]:
    """Return what the figures rest on beside the facts: that the customer is dormant, that its payments had to be set against items or go beyond them."""
    dormancy = now.scale.policy.dormancy
    said = [dormancy.text] if dormancy is not None and dormant(now.positions, now.scale.policy)[0] else []
    said += [wording.ON_ACCOUNT] if now.positions.flag("paid_on_account")[0] else []
    spoken = [text.of(language) for text in said]
    unapplied, exposure = (float(column[0]) for column in (now.positions.unapplied, now.positions.exposure))
    if unapplied > 0:
        text = wording.SET_OFF if now.scale.policy.unapplied_cash == "set_off" else wording.UNAPPLIED
        spoken.append(
            text.of(language).format(amount=f"{unapplied:,.2f}", exposure=f"{exposure:,.2f}", currency=currency)
        )
    return tuple(spoken)


def _own_lines(now: Judged, language: str) -> tuple[str, ...]:
    """Return which other lines a customer is judged by, one sentence for each override that fits."""
    return tuple(
        wording.OWN_LINES.of(language).format(
            name=item.name.of(language), indicators=("、" if language == "zh" else ", ").join(item.lines)
        )
        for item in now.scale.policy.fitting(int(now.positions.line_set[0]))
    )


def _layers(now: Judged, language: str, *, unreviewed: bool) -> tuple[Layer, ...]:
    policy, judged = now.scale.policy, now.evaluation
    index_class, floor, model = int(judged.index_class[0]), int(judged.floor[0]), int(now.scores.risk_class[0])
    cap, evaluated, code = now.whole("group_cap"), now.whole("evaluated_class"), now.whole("rule_code")
    opinion, said_class = now.whole("opinion_id") if now.row["opinion_id"] else None, now.whole("opinion_class")
    standing = unpack(np.array([now.whole("standing")], dtype=np.int64))
    name = class_name(RiskClass(evaluated).name, policy, language)
    alone = wording.COMPUTED.of(language).format(cls=name) if evaluated else wording.NOTHING.of(language)
    past = wording.history_sentence(standing, evaluated, code, stale=now.whole("data_state") == STALE, unreviewed=unreviewed, policy=policy,
                                    language=language, as_of=now.day("as_of"))  # fmt: skip
    if code == HELD:
        held = RiskClass(now.whole("risk_class"))
        waits = wording.holding_sentence(held, now.index, int(now.scores.leaving[0]), policy, language)
        past += ("；" if language == "zh" else "; ") + waits if waits else ""
    said = (
        ("index", index_class, wording.index_sentence(now.index, index_class, policy, language)),
        ("model", model, wording.model_sentence(now.scores, now.model_reasons, policy, language)),
        ("rules", floor, wording.floor_sentence(floor, int(judged.floor_code[0]), policy, language)),
        ("group", cap, wording.group_sentence(cap, policy, language)),
        (
            "opinion",
            said_class,
            wording.opinion_sentence(opinion, said_class, now.whole("class_without_opinion"), policy, language),
        ),
    )
    return (
        *(Layer(layer, RiskClass(found).name if found else "", text) for layer, found, text in said),
        Layer("evaluation", RiskClass(evaluated).name, alone),
        Layer("history", RiskClass(now.whole("risk_class")).name, past),
    )


def _headline(now: Judged, layers: Sequence[Layer], language: str) -> str:
    why = _why(now, {layer.name: layer for layer in layers}, language)
    name = class_name(RiskClass(now.whole("risk_class")).name, now.scale.policy, language)
    return wording.HEADLINE.of(language).format(cls=name, why=why)


def _why(now: Judged, by_name: Mapping[str, Layer], language: str) -> str:
    if now.whole("risk_class") == RiskClass.unknown:
        return wording.NOTHING.of(language)
    return by_name[now.deciding].sentence


def _changes(before: Judged | None, now: Judged) -> tuple[Change, ...]:
    if before is None:
        return ()
    old, new = ({part.id: part for part in judged.contributions} for judged in (before, now))
    found = []
    for name in sorted(old.keys() | new.keys()):
        was, part = old.get(name), new.get(name)
        difference = (part.micro if part else 0) - (was.micro if was else 0)
        if difference:
            label = (part or was or now.contributions[0]).name
            found.append(Change(name, label, before.figure(name), now.figure(name), difference))
    return tuple(sorted(found, key=lambda change: (-abs(change.micro), change.id)))


def _ways_back(now: Judged, stand: Stand, language: str, currency: str) -> tuple[tuple[WayBack, ...], tuple[str, ...]]:
    """Return what leads back to the class before when the class got worse, else to the next better one; else why nothing does."""
    target, policy = int(stand.target[0]), now.scale.policy
    if not target:
        return (), ()
    found = ways_back(stand, now.scale, as_of=now.day("as_of"))
    held = now.whole("risk_class")
    ways = tuple(told_way(way, held, target, policy, language=language, currency=currency) for way in found.ways)
    return ways, () if ways else (no_way(target, policy, language, leads_already=bool(found.leads_already[0])),)


def _moved_by(before: Judged | None, now: Judged) -> str:
    """Return the layer that decides now, where class or layer are others than before."""
    if before is not None and (before.deciding, before.whole("risk_class")) == (now.deciding, now.whole("risk_class")):
        return ""
    return now.deciding


def _said(now: Judged, layers: Sequence[Layer], language: str) -> str:
    """Return every layer in one sentence: index says, model says, rules say, expert says, class because."""
    policy, by_name = now.scale.policy, {layer.name: layer for layer in layers}
    words = {name: class_name(layer.risk_class, policy, language) if layer.risk_class else wording.SILENT_LAYER.of(language)
             for name, layer in by_name.items()}  # fmt: skip
    return wording.SAID.of(language).format(**words, cls=words["history"], why=_why(now, by_name, language))


def _rules_said(rules: Sequence[RuleChange], language: str) -> tuple[str, ...]:
    return tuple(
        (wording.RULE_BEGAN if rule.began else wording.RULE_ENDED).of(language).format(rule=rule.text) for rule in rules
    )


def _sentences(now: Judged, before: Judged | None, layers: Sequence[Layer], language: str) -> tuple[str, ...]:
    reasons = [
        wording.POINTS.of(language).format(sentence=part.sentence, points=wording.points(part.micro))
        for part in now.contributions
    ]
    return (*(layer.sentence for layer in layers), *reasons, _movement(before, now, language))


def _movement(before: Judged | None, now: Judged, language: str) -> str:
    if before is None:
        return wording.FIRST.of(language)
    day, index = before.day("as_of").isoformat(), wording.points(now.index)
    moved = _changes(before, now)[:NAMED]
    if not moved:
        return wording.UNCHANGED.of(language).format(day=day, now=index)
    names = ("、" if language == "zh" else ", ").join(change.name for change in moved)
    return wording.CHANGED.of(language).format(day=day, before=wording.points(before.index), now=index, names=names)


def _expired(now: Judged, as_of: date, until: date, language: str) -> str:
    name = class_name(RiskClass(now.whole("risk_class")).name, now.scale.policy, language)
    said = wording.EXPIRED if until >= as_of else wording.EXPIRED_BEFORE
    return said.of(language).format(as_of=as_of.isoformat(), until=until.isoformat(), cls=name)
