import io

from rich.console import Console

from riskreview.demo.rendering import render_summary

SUMMARY = {
    "customers": 2000, "rows": {"landed": 900_000, "refused": 31}, "scored": 2000,
    "classes": {"unknown": 0, "low": 1400, "medium": 400, "high": 150, "critical": 40, "default": 10},
    "signals_open": 300, "reviews_opened": 600, "playbooks_activated": 32, "measures": {"approved": 9, "in_force": 1},
    "notifications": {"queued": 90, "accepted": 90, "refused": 0, "unknown": 0, "received_by_server": 90},
    "audit": {"events": 1200, "verified": 1200},
    "expected": {"planted": 3, "found": 2, "missed": 1, "missed_cases": ["late_feed customer_dossier: the feed is fresh, not stale"],
                 "spurious": 0, "spurious_findings": [], "cases": {"payment_default": [2, 2], "late_feed": [1, 0]}},
    "seconds": {"setup": 20.0, "start": 30.5, "loop": 60.0},
    "events": {"sent": 15, "evaluated": 15, "passes": 3, "p95_seconds": 8.2},
    "crm": {"accounts": {"fxiaoke": 1480, "zoho": 378}, "pulls": 8, "calls": 190, "credits": 201, "written": 44, "confirmed": 43,
            "tasks": 17, "agreed": 2, "waiting": 1500, "conflicts": 1},
}  # fmt: skip


def rendered(summary) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(render_summary(summary))
    return console.file.getvalue()


def test_the_summary_shows_classes_cases_and_what_was_missed():
    text = rendered(SUMMARY)

    assert "70.0%" in text
    assert "✓ payment default" in " ".join(text.split())
    assert "✗ late feed" in " ".join(text.split())
    assert "the feed is fresh, not stale" in text


def test_a_class_with_few_customers_still_has_a_bar():
    lines = rendered(SUMMARY).splitlines()

    assert "█" in next(line for line in lines if "default" in line and "0.5%" in line)


def test_the_summary_says_what_came_from_each_crm_and_what_was_written_there():
    text = " ".join(rendered(SUMMARY).split())

    assert "1,480 accounts from fxiaoke, 378 accounts from zoho" in text
    assert "43 confirmed (2 agreed to by a person, 17 tasks)" in text
