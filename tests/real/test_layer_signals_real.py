"""Layer signals over the real market of 2008-06 to 2023-12: an independent reading of the rules; frequencies."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real.monthly_condor import put_sides
from tests.transforms.book.slow_layers import Row, SlowLayers
from transforms.book.layer_rules import PutSide
from transforms.book.layer_signals import LayerSignal, MarketScores, Night, step
from transforms.signals.history import SignalInputs, signal_history
from warehouse.store import open_writer
from warehouse.tables.core import (
    CORE_BREADTH_DAILY,
    CORE_EVENTS,
    CORE_INDEX_LEVELS_DAILY,
    CORE_VX_SETTLEMENTS_DAILY,
)

pytestmark = pytest.mark.real

FIRST, LAST = dt.date(2008, 6, 2), dt.date(2023, 12, 29)
LETTERS = {"DORMANT": "D", "ARMED": "A", "ACTIVE": "X"}
CRASH_DAYS = {  # METHODOLOGY 6.3: L1 L2 L3 with a monthly condor
    dt.date(2008, 9, 29): "XXA",
    dt.date(2010, 5, 6): "XXA",
    dt.date(2011, 8, 4): "XXX",
    dt.date(2015, 8, 21): "XXA",
    dt.date(2015, 8, 24): "XXX",
    dt.date(2018, 2, 5): "XXX",
    dt.date(2018, 10, 10): "XXX",
    dt.date(2020, 2, 24): "XAD",
    dt.date(2020, 2, 25): "XXA",
    dt.date(2020, 2, 27): "XXX",
    dt.date(2022, 6, 13): "XXA",
}


@dataclass(frozen=True, slots=True)
class Walk:
    """Every close, its put side, and the states both implementations end it in: three letters a close."""

    days: list[dt.date]
    ours: list[str]
    slow: list[str]

    def share(self, layer: int, letter: str) -> float:
        """Per cent of the closes on which a layer is in a state."""
        return 100 * sum(states[layer] == letter for states in self.ours) / len(self.ours)

    def runs(self, layer: int) -> list[int]:
        """The lengths of the unbroken ACTIVE runs of a layer."""
        joined = "".join("X" if states[layer] == "X" else " " for states in self.ours)
        return [len(run) for run in joined.split()]


@pytest.fixture(scope="module")
def closes(home_of_series: Path) -> list[dict[str, object]]:
    with open_writer(home_of_series, "test") as store:
        inputs = SignalInputs(
            index_levels=store.read(CORE_INDEX_LEVELS_DAILY),
            vx=store.read(CORE_VX_SETTLEMENTS_DAILY),
            breadth=store.read(CORE_BREADTH_DAILY),
            events=store.read(CORE_EVENTS),
        )
    return signal_history(inputs, first=FIRST, last=LAST).to_dicts()


def walk(closes: list[dict[str, object]], puts: list[str]) -> Walk:
    ours, slow, slowly = [], [], SlowLayers()
    before: dict[str, LayerSignal] = {}
    for close, put in zip(closes, puts, strict=True):
        scores = MarketScores(
            arm_score=close["arm_effective_score"],  # type: ignore[arg-type]
            accel_score=close["accel_score"],  # type: ignore[arg-type]
            vix_pts=close["vix_pts"],  # type: ignore[arg-type]
            contango_frac=close["contango_frac"],  # type: ignore[arg-type]
            vix_mean_5_pts=close["vix_mean_5_pts"],  # type: ignore[arg-type]
        )
        day: dt.date = close["session_date"]  # type: ignore[assignment]
        before = step(Night(session_date=day, scores=scores, put=PutSide(state=put), previous=before))
        ours.append("".join(LETTERS[str(before[layer].state)] for layer in ("L1", "L2", "L3")))
        row = Row(
            arm=scores.arm_score or 0,
            accel=scores.accel_score or 0,
            vix=scores.vix_pts or 0.0,
            contango=scores.contango_frac or 0.0,
            mean5=scores.vix_mean_5_pts or 0.0,
            put=put,
        )
        slow.append("".join(LETTERS[state] for state in slowly.close(row)))
    return Walk([close["session_date"] for close in closes], ours, slow)  # type: ignore[misc]


@pytest.fixture(scope="module")
def without_condor(closes: list[dict[str, object]]) -> Walk:
    return walk(closes, ["OK"] * len(closes))


@pytest.fixture(scope="module")
def with_condors(closes: list[dict[str, object]]) -> Walk:
    return walk(closes, put_sides(closes))


def test_the_counters_agree_with_the_whole_past_on_every_close(without_condor: Walk, with_condors: Walk) -> None:
    assert len(without_condor.ours) > 3_900
    assert without_condor.ours == without_condor.slow
    assert with_condors.ours == with_condors.slow
    assert with_condors.ours != without_condor.ours


@pytest.mark.parametrize(("layer", "armed", "active"), [(0, 27.2, 10.1), (1, 21.0, 6.7), (2, 6.5, 2.4)])
def test_frequencies_without_a_condor_are_those_of_the_methodology(
    without_condor: Walk, layer: int, armed: float, active: float
) -> None:
    assert without_condor.share(layer, "A") == pytest.approx(armed, abs=0.05)
    assert without_condor.share(layer, "X") == pytest.approx(active, abs=0.05)


def test_the_third_layer_has_sixteen_episodes_one_of_them_short(without_condor: Walk, with_condors: Walk) -> None:
    for walked in (without_condor, with_condors):
        assert len(walked.runs(2)) == 16
        assert sum(run <= 2 for run in walked.runs(2)) == 1


@pytest.mark.parametrize(("layer", "armed", "active"), [(0, 26.8, 14.6), (1, 23.4, 6.9), (2, 6.8, 2.4)])
def test_frequencies_with_a_monthly_condor_are_near_the_methodology_s(
    with_condors: Walk, layer: int, armed: float, active: float
) -> None:
    """The condor's path is approximated (no chains): ARMED within 2 points, ACTIVE within 0.5."""
    assert with_condors.share(layer, "A") == pytest.approx(armed, abs=2.0)
    assert with_condors.share(layer, "X") == pytest.approx(active, abs=0.5)


@pytest.mark.parametrize(("day", "states"), CRASH_DAYS.items(), ids=map(str, CRASH_DAYS))
def test_crash_days(with_condors: Walk, day: dt.date, states: str) -> None:
    assert dict(zip(with_condors.days, with_condors.ours, strict=True))[day] == states
