"""Owns running the rules through Great Expectations: one context per call, fail closed.

Small data sets are checked as pandas frames of the columns the rules name. Of large ones DuckDB counts the violations in one
pass and Great Expectations checks the counts, so that the cost stays that of a scan. Great Expectations passes empty batches
and its empty results look like success; both count as failure here (reference: reliability, M1 and F13).
"""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskreview.foundation.errors import Unavailable
from riskreview.foundation.no_room import is_full, is_out_of_memory
from riskreview.policy.datasets import Dataset
from riskreview.validation import conditions, expectation_configurations, page_templates
from riskreview.validation.rules import Rule, Severity, ValidationPolicy
from riskreview.validation.staged import StagedBatch

if TYPE_CHECKING:
    import pandas as pd

LEVEL: Mapping[Severity, str] = {"fail": "critical", "quarantine": "warning", "warn": "info"}


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What a rule came to on one data set; ``broken`` when it could not be evaluated, which is a failure."""

    dataset: str
    rule: Rule
    passed: bool
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What Great Expectations looks at for one data set: the rows themselves, or one row of counts."""

    dataset: Dataset
    rules: tuple[Rule, ...]
    data: "pd.DataFrame"
    counted: bool


def frame_of(staged: StagedBatch, dataset: Dataset, policy: ValidationPolicy) -> Frame | None:
    """Project the accepted rows of a data set to what its rules need; None without rows or rules."""
    rules = policy.rules.get(dataset.name, ())
    staged.look_at_accepted(dataset)
    rows = int(staged.connection.table(conditions.ROWS).aggregate("count(*)").fetchall()[0][0])
    if not rules or not rows:
        return None
    if rows > policy.pandas_rows_max:
        statement, parameters = conditions.rule_counts(rules)
        return Frame(dataset, rules, staged.connection.execute(statement, parameters).df(), counted=True)
    columns = dict.fromkeys(column for rule in rules for column in rule.columns)
    projected = staged.connection.table(conditions.ROWS).project(", ".join(map(conditions.quoted, columns)))
    return Frame(dataset, rules, projected.df(), counted=False)


def run_rules(frames: Sequence[Frame], *, docs: Path | None = None, sample: int = 0) -> list[RuleOutcome]:
    """Check all frames in one context and build Data Docs into the folder ``docs``.

    :param sample: failing values shown per rule.
    :raises Unavailable: when the machine failed: a full disk or too little memory is no verdict about a batch.
    """
    if not frames:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _run(frames, docs, sample)
    except OSError as error:
        raise Unavailable(f"the rules could not be evaluated: {error.strerror or type(error).__name__}") from error
    except Exception as error:  # whatever the library raises, the batch must not pass
        if is_full(error):
            raise Unavailable("the rules could not be evaluated: a disk is full") from error
        if is_out_of_memory(error):
            raise Unavailable("the rules could not be evaluated: the memory this work may use is used up") from error
        broken = f"{type(error).__name__} while evaluating the rules"
        return [
            RuleOutcome(frame.dataset.name, rule, passed=False, broken=broken)
            for frame in frames
            for rule in frame.rules
        ]


def _run(frames: Sequence[Frame], docs: Path | None, sample: int) -> list[RuleOutcome]:
    gx = great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    context.variables.save = (
        _nothing  # it would write itself out as text at every step, for nobody: it ends with this call
    )
    if docs is not None:
        context.add_data_docs_site("riskreview", _site(docs))
    source = context.data_sources.add_pandas("staged")
    outcomes = []
    for frame in frames:
        name = frame.dataset.name
        whole = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("batch")
        suite = context.suites.add(
            gx.ExpectationSuite(name=name, expectations=[_expectation(frame, r) for r in frame.rules])
        )
        definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=whole, suite=suite))
        shape = {"result_format": "BASIC", "partial_unexpected_count": sample}
        found = definition.run(batch_parameters={"dataframe": frame.data}, result_format=shape)
        outcomes += _outcomes(frame, found.results)
    if docs is not None:
        context.build_data_docs(site_names=["riskreview"])
    return outcomes


def _nothing() -> None:
    """Do nothing."""


def great_expectations() -> Any:  # the library has no types we could name
    """Import the library, which takes seconds; its reports to the maker stay off, its compiled templates are kept."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        import great_expectations.expectations

        page_templates.keep()
        expectation_configurations.keep()
    return gx


def _site(docs: Path) -> dict[str, object]:
    return {"class_name": "SiteBuilder", "show_how_to_buttons": False,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs)}}  # fmt: skip


def _expectation(frame: Frame, rule: Rule) -> Any:  # an expectation object of the library
    expectations = great_expectations().expectations
    about = {"meta": {"rule": rule.id, "severity": rule.severity}, "notes": f"{rule.reason.en} / {rule.reason.zh}",
             "severity": LEVEL[rule.severity]}  # fmt: skip
    if frame.counted:
        least, most = _allowed(frame, rule)
        column = "row_count" if rule.check == "row_count" else rule.id
        return expectations.ExpectColumnValuesToBeBetween(column=column, min_value=least, max_value=most, **about)
    bounds: dict[str, object] = {"min_value": _moment(rule.min), "max_value": _moment(rule.max)}
    kinds: dict[str, tuple[str, dict[str, object]]] = {
        "not_null": ("ExpectColumnValuesToNotBeNull", {"column": rule.column, "mostly": rule.mostly}),
        "between": ("ExpectColumnValuesToBeBetween", {"column": rule.column, "mostly": rule.mostly, **bounds}),
        "length": ("ExpectColumnValueLengthsToBeBetween", {"column": rule.column, "mostly": rule.mostly, **bounds}),
        "in_set": ("ExpectColumnValuesToBeInSet", {"column": rule.column, "mostly": rule.mostly, "value_set": list(rule.values)}),
        "regex": ("ExpectColumnValuesToMatchRegex", {"column": rule.column, "mostly": rule.mostly, "regex": rule.regex}),
        "pair": ("ExpectColumnPairValuesAToBeGreaterThanB", {"column_A": rule.column, "column_B": rule.other, "or_equal": True,
                 "ignore_row_if": "either_value_is_missing", "mostly": rule.mostly}),
        "row_count": ("ExpectTableRowCountToBeBetween", bounds),
        "distinct_count": ("ExpectColumnUniqueValueCountToBeBetween", {"column": rule.column, **bounds}),
    }  # fmt: skip
    name, arguments = kinds[rule.check]
    return getattr(expectations, name)(**arguments, **about)


def _allowed(frame: Frame, rule: Rule) -> tuple[float | None, float | None]:
    if not rule.is_about_rows:
        return _number(rule.min), _number(rule.max)
    if rule.mostly == 1:
        return 0, 0
    return 0, (1 - rule.mostly) * float(frame.data[f"{rule.id}__of"].iloc[0]) + 1e-9


def _number(value: float | date | None) -> float | None:
    return None if value is None or isinstance(value, date) else float(value)


def _moment(value: float | date | None) -> float | datetime | None:
    return datetime.combine(value, time.min) if isinstance(value, date) else value


def _outcomes(frame: Frame, results: Sequence[Any]) -> list[RuleOutcome]:  # result objects of the library
    found = {item.expectation_config.meta["rule"]: item for item in results}
    outcomes = []
    for rule in frame.rules:
        item = found.get(rule.id)
        broken = "Great Expectations returned no result" if item is None else _exception(item.exception_info)
        passed = item is not None and item.success is True and not broken
        outcomes.append(RuleOutcome(frame.dataset.name, rule, passed=passed, broken=broken))
    return outcomes


def _exception(info: Any) -> str:  # a dictionary, or a dictionary of them per metric
    if not info:
        return ""
    parts = [info] if "raised_exception" in info else list(info.values())
    raised = [part for part in parts if part.get("raised_exception")]
    return "Great Expectations raised while evaluating" if raised else ""
