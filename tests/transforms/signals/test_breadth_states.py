"""Breadth: McClellan by hand on ten sessions, the A/D line's distance, divergence, and which state wins."""

import datetime as dt
import statistics
from dataclasses import replace
from itertools import accumulate

import polars as pl
import pytest

from transforms.market.calendar import sessions_between
from transforms.signals.breadth_states import BreadthRules, breadth_states
from warehouse.tables.core import CORE_BREADTH_DAILY

DAYS = sessions_between(dt.date(2023, 1, 3), dt.date(2023, 12, 29))
SHORT = BreadthRules(warm_up_sessions=1, mean_sessions=3, deviation_sessions=3, divergence_sessions=2)


def breadth(*net: int, issues: int = 2000, days: list[dt.date] = DAYS) -> pl.DataFrame:
    """Sessions of so many issues, of which so many more rose than fell."""
    counts = [((issues + excess) // 2, (issues - excess) // 2) for excess in net]
    return CORE_BREADTH_DAILY.conform(
        pl.DataFrame(
            {
                "session_date": days[: len(net)],
                "advances_qty": [advances for advances, _ in counts],
                "declines_qty": [declines for _, declines in counts],
            }
        ).with_columns(universe=pl.lit("NYSE"), vendor=pl.lit("v"), load_id=pl.lit("a"))
    )


def spx(*closes: float) -> pl.DataFrame:
    return pl.DataFrame({"session_date": DAYS[: len(closes)], "index_close_pts": closes})


def test_mcclellan_of_ten_sessions_by_hand() -> None:
    # 2,000 issues: 1000 (adv - dec)/(adv + dec) is half the difference: 0, 100, -100, 200, 0, -300, 100, 100, -200, 0.
    measured = breadth_states(breadth(0, 200, -200, 400, 0, -600, 200, 200, -400, 0), spx(*range(10)), SHORT)
    assert measured["rana"].to_list() == [0, 100, -100, 200, 0, -300, 100, 100, -200, 0]
    # fast = 0.9 fast + 0.1 x: 0, 10, -1, 19.1, 17.19, -14.529, -3.0761, 7.23151, -13.491641, -12.1424769
    # slow = 0.95 slow + 0.05 x: 0, 5, -0.25, 9.7625, 9.274375, -6.18934375, -0.8798765625, 4.164117265625, ...
    by_hand = [0.0, 5.0, -0.75, 9.3375, 7.915625, -8.33965625, -2.1962234375, 3.067392734375]
    by_hand += [-13.491641 + 6.04408859765625, -12.1424769 + 5.7418841677734375]
    assert measured["mcclellan_osc"].to_list() == pytest.approx(by_hand, abs=1e-12)
    assert measured["mcclellan_raw_osc"].to_list() == pytest.approx([2 * osc for osc in by_hand], abs=1e-12)
    assert measured["mcclellan_summation"].to_list() == pytest.approx(list(accumulate(by_hand)), abs=1e-12)


def test_the_lines_distance_from_its_mean_in_its_own_deviations() -> None:
    measured = breadth_states(breadth(100, 200, -100, 300, 0, -200), spx(*range(6)), SHORT)
    # Line 100, 300, 200, 500, 500, 300; its means of three 200, 1000/3, 400, 1300/3.
    distances = [0.0, 500 / 3, 100.0, -400 / 3]
    expected = [100.0 / statistics.stdev(distances[:3]), -400 / 3 / statistics.stdev(distances[1:])]
    assert measured["ad_z"].to_list()[:4] == [None] * 4
    assert measured["ad_z"].to_list()[4:] == pytest.approx(expected)


def test_the_base_of_the_line_is_arbitrary() -> None:
    net = [100, 200, -100, 300, 0, -200, 100, 100]
    later = breadth_states(breadth(-900, *net), spx(*range(9)), SHORT)["ad_z"].to_list()
    assert breadth_states(breadth(*net), spx(*range(8)), SHORT)["ad_z"].to_list()[-1] == pytest.approx(later[-1])


# SPX makes a new high every session while the line falls from its own: diverging, oscillator below 0 at the end.
DIVERGING = (breadth(200, 400, 600, 800, -100, -300, -200, -400), spx(100, 101, 102, 103, 104, 105, 106, 107))


def test_divergence_is_counted_in_sessions() -> None:
    measured = breadth_states(*DIVERGING, SHORT)
    # Line 200, 600, 1200, 2000, 1900, 1600, 1400, 1000, its highs of three 2000, 2000, 1900, 1600.
    assert measured["divergence_sessions"].to_list()[-3:] == [1, 2, 3]
    fallen = breadth_states(DIVERGING[0], spx(100, 101, 102, 103, 104, 105, 106, 100), SHORT)
    assert fallen["divergence_sessions"].to_list()[-2:] == [2, 0], "SPX is 5% below its high"


QUIET = replace(SHORT, deteriorating_z=-99.0, deteriorating_osc=-999.0, thrust_osc=999.0)
LOW = replace(QUIET, deteriorating_z=99.0)
UPWARDS = {"fast_alpha": 0.05, "slow_alpha": 0.10}  # turns the oscillator's sign: above 0 on the same numbers


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        (QUIET, "DISTRIBUTION"),
        (LOW, "DISTRIBUTION"),  # before DETERIORATING
        (replace(QUIET, **UPWARDS), "DIVERGING"),
        (replace(LOW, **UPWARDS), "DETERIORATING"),  # before DIVERGING
        (replace(QUIET, **UPWARDS, thrust_osc=-999.0), "DIVERGING"),  # before THRUST
        (replace(QUIET, divergence_sessions=9, deteriorating_osc=0.0), "DETERIORATING"),
        (replace(QUIET, divergence_sessions=9, thrust_osc=-999.0), "THRUST"),
        (replace(QUIET, divergence_sessions=9), "NEUTRAL"),  # the line is below its mean
    ],
)
def test_the_first_state_that_holds_wins(rules: BreadthRules, state: str) -> None:
    assert breadth_states(*DIVERGING, rules)["breadth_state"].to_list()[-1] == state


def test_a_line_above_its_mean_confirms() -> None:
    rising = breadth_states(breadth(0, 100, 50, 200, 100, 300), spx(*range(100, 106)), QUIET)
    assert rising["breadth_state"].to_list()[-1] == "CONFIRMING"


def test_too_few_sessions_are_counted_in_the_reason() -> None:
    row = breadth_states(breadth(*([10] * 200)), spx(*range(200))).row(-1, named=True)
    assert (row["ad_z"], row["breadth_state"]) == (None, None)
    assert row["breadth_reason"] == "200 of 301 sessions of breadth without a gap"
    assert row["mcclellan_osc"] is not None


def test_after_a_long_gap_averages_begin_anew() -> None:
    days = [*DAYS[:6], *DAYS[12:14]]
    measured = breadth_states(breadth(0, 200, -200, 400, 0, -600, 100, 300, days=days), spx(*range(20)), SHORT)
    assert measured["mcclellan_osc"].to_list()[-2:] == pytest.approx([0.0, 0.05 * 100])
    short_gap = breadth_states(
        breadth(0, 200, -200, 400, 0, -600, 100, days=[*DAYS[:6], DAYS[11]]), spx(*range(20)), SHORT
    )
    assert short_gap["mcclellan_osc"].to_list()[-1] != 0.0


def test_without_an_spx_close_there_is_no_state() -> None:
    row = breadth_states(DIVERGING[0], DIVERGING[1].head(7), SHORT).row(-1, named=True)
    assert (row["breadth_state"], row["divergence_sessions"]) == (None, None)
    assert row["breadth_reason"].startswith("no SPX close")
