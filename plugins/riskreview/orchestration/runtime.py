"""Owns what a task takes from Airflow and gives back: services, business date, asset events, failures."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, get_current_context
from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from structlog.contextvars import bound_contextvars

from riskreview.foundation.errors import RiskReviewError, Unavailable
from riskreview.foundation.named_connections import ask_first
from riskreview.foundation.services import Services, open_services
from riskreview.mechanisms.runs import asked_by
from riskreview.orchestration.airflow_connections import find_fields
from riskreview.orchestration.airflow_settings import BUSINESS_DATE
from riskreview.orchestration.assets import AS_OF
from riskreview.orchestration.stages import BACKFILL, StageResult


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One try of a task.

    :param wanted: the business date somebody entered in the trigger form, else None.
    :param as_of: the business date to work for.
    """

    services: Services
    context: Mapping[str, Any]  # Airflow's template context holds values of any type
    wanted: date | None
    as_of: date
    triggered_by: str

    def finish(self, result: StageResult, outlet: Asset | None = None) -> dict[str, int]:
        """Hand the business date on with the outlet's event and return the counts for XCom.

        :raises AirflowSkipException: when nothing is new or another ingest announces it, so that no event starts the stages after it.
        """
        if not result.is_news:
            if any(result.counts.values()):
                self.context["ti"].xcom_push(BaseXCom.XCOM_RETURN_KEY, dict(result.counts))
            raise AirflowSkipException(result.why_nothing_starts)
        if outlet is not None:
            self.context["outlet_events"][outlet].extra = {AS_OF: result.as_of.isoformat(), "run_id": result.run_id}
        return dict(result.counts)


@contextmanager
def task_run() -> Iterator[TaskRun]:
    """Open the services for one try of the current task.

    :raises AirflowFailException: for a refusal, which no retry can change; ``Unavailable`` and crashes are retried.
    """
    context: Mapping[str, Any] = get_current_context()
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it tells each of its own methods while it loads
    ask_first(find_fields)
    try:
        with open_services() as services:
            wanted = wanted_date(context)
            rehearsed = os.environ.get(BUSINESS_DATE)
            day = business_date(
                context,
                time_zone=services.instance.settings.time_zone,
                rehearsed=date.fromisoformat(rehearsed) if rehearsed else None,
            )
            run = context["dag_run"]
            by = BACKFILL if run.run_type == "backfill" else "airflow:"
            with asked_by(getattr(run, "triggering_user_name", None)), bound_contextvars(**_known_by(context)):
                yield TaskRun(services, context, wanted, day, f"{by}{run.dag_id}:{run.run_id}")
    except Unavailable:
        raise
    except RiskReviewError as error:
        raise AirflowFailException(str(error)) from error
    finally:
        ask_first(None)


def _known_by(context: Mapping[str, Any]) -> dict[str, Any]:  # see TaskRun.context
    """Return what log lines of a try carry, so that they are found from Airflow's side too."""
    run, task = context["dag_run"], context["ti"]
    return {"dag_id": run.dag_id, "dag_run": run.run_id, "task_id": task.task_id, "try_number": task.try_number}


def wanted_date(context: Mapping[str, Any]) -> date | None:  # see TaskRun.context
    """Return the business date of the trigger form, or None."""
    value = context["params"].get("as_of")
    return date.fromisoformat(value) if value else None


def business_date(
    context: Mapping[str, Any], *, time_zone: str, rehearsed: date | None = None
) -> date:  # see TaskRun.context
    """Return the day a run stands for: the trigger form's, else the newest handed on by an asset event, else its clock time's.

    ``logical_date`` is missing in manual and asset runs; a backfill has one, and then it is the day meant.

    :param rehearsed: stands in for the clock where the data end on a fixed day.
    """
    wanted = wanted_date(context)
    if wanted is not None:
        return wanted
    handed_on = [
        date.fromisoformat(event.extra[AS_OF])
        for events in (context.get("triggering_asset_events") or {}).values()
        for event in events
        if event.extra and event.extra.get(AS_OF)
    ]
    if handed_on:
        return max(handed_on)
    if rehearsed is not None:
        return rehearsed
    moment: datetime = context["dag_run"].logical_date or context["dag_run"].run_after
    return moment.astimezone(ZoneInfo(time_zone)).date()
