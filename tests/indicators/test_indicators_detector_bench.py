"""The measurement of the detectors repeats itself and says when a bar is missed."""

from riskreview.indicators.detector_bench import Measured, measure_detectors


def test_the_same_portfolio_gives_the_same_figures_and_every_false_alarm_has_its_bar() -> None:
    found = measure_detectors(customers=60, seed=7)
    assert found == measure_detectors(customers=60, seed=7)
    judged = [item for item in found if item.passes is not None]
    assert {(item.detector, item.figure) for item in judged} == {
        ("order collapse", "alarm"), ("order collapse", "warning"), ("order surge", "alarm"),
        ("silence", "alarm"),
    }  # fmt: skip
    assert sum(item.is_most for item in judged) == 12


def test_a_missed_bar_is_told() -> None:
    assert not Measured("order collapse", "k = 4", "alarm", 1.6, 1.5).passes
    assert not Measured("order collapse", "k = 4", "alarm", 54.0, 55.0, is_most=False).passes
    assert Measured("order collapse", "k = 4", "alarm", 99.0).passes is None
