"""Quiet drag, realised cost and drawdowns by hand sums: METHODOLOGY 4.13 and 4.14."""

import datetime as dt

import polars as pl
import pytest

from transforms.market.calendar import sessions_between
from transforms.risk.drawdowns import drawdown_cut
from transforms.risk.quiet_drag import DragRules, judged_days, quiet_drag, realised_hedge_cost

QUIET = {"vix_pts": 15.0, "vix_change_frac": 0.0, "contango_frac": 0.05, "spx_return_frac": 0.001, "worst_state": "OK"}
FEW = DragRules(least_sessions=1)
DAYS = sessions_between(dt.date(2025, 1, 2), dt.date(2026, 6, 30))


def history(*days: dict[str, object], account: str = "A") -> pl.DataFrame:
    """One row per session in order; a quiet day with a net liquidation value of 100,000 unless said otherwise."""
    base = QUIET | {"net_liq_usd": 100_000.0, "hedge_pnl_usd": 0.0, "book_pnl_usd": 0.0, "account": account}
    rows = [base | {"session_date": DAYS[number]} | day for number, day in enumerate(days)]
    return pl.DataFrame(
        rows,
        schema_overrides={
            "hedge_pnl_usd": pl.Float64,
            "contango_frac": pl.Float64,
            "worst_state": pl.String,
            "net_liq_usd": pl.Float64,
        },
    )


def drag(days: pl.DataFrame, rules: DragRules = FEW) -> dict[str, object]:
    (row,) = quiet_drag(judged_days(days, rules), rules).to_dicts()
    return row


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"vix_pts": 19.99}, True),
        ({"vix_pts": 20.0}, False),
        ({"contango_frac": 0.0}, False),
        ({"spx_return_frac": -0.0099}, True),
        ({"spx_return_frac": -0.01}, False),
        ({"spx_return_frac": 0.01}, False),
        ({"worst_state": "WATCH"}, True),
        ({"worst_state": "TESTED"}, False),
        ({"worst_state": "WING"}, False),
        ({"worst_state": None}, None),
        ({"contango_frac": None}, None),
    ],
)
def test_a_quiet_day(change: dict[str, object], expected: bool | None) -> None:
    assert judged_days(history(change))["is_quiet"].to_list() == [expected]


def test_drag_per_week_and_year() -> None:
    """Ten quiet days cost $30 each: $150 a week on 100,000 is 15 bp, 7.8% a year."""
    row = drag(history(*[{"hedge_pnl_usd": -30.0}] * 10))
    assert row["quiet_drag_bp_per_week"] == pytest.approx(15.0)
    assert row["quiet_drag_frac_per_year"] == pytest.approx(0.078)
    assert (row["quiet_drag_band"], row["quiet_drag_reason"]) == ("OVER", None)


def test_what_the_hedge_earns_in_a_storm_is_never_netted() -> None:
    """Eight quiet days cost $10 each; two stormy ones bring $5,000 and -$300: 5 bp a week all the same."""
    storm = {"vix_pts": 30.0, "spx_return_frac": -0.03}
    days = history(
        *[{"hedge_pnl_usd": -10.0}] * 8,
        storm | {"hedge_pnl_usd": 5_000.0, "vix_change_frac": 0.4},
        storm | {"hedge_pnl_usd": -300.0, "vix_change_frac": -0.1},
    )
    row = drag(days)
    assert row["quiet_drag_bp_per_week"] == pytest.approx(5.0)
    assert (row["quiet_hedge_pnl_usd"], row["other_hedge_pnl_usd"], row["quiet_sessions"]) == (-80.0, 4_700.0, 8)
    # $80 in ten sessions is 80 x 25.2 = 2,016 a year; a spike day brought 5,000.
    assert row["break_even_spikes_per_year"] == pytest.approx(80 * 252 / 10 / 5_000)
    assert (row["spike_sessions"], row["spike_median_usd"]) == (1, 5_000.0)


@pytest.mark.parametrize(("cost", "band"), [(7.6, "OK"), (7.8, "WATCH"), (15.3, "WATCH"), (15.5, "OVER"), (-5.0, "OK")])
def test_the_bands_of_a_year_bind_before_those_of_a_week(cost: float, band: str) -> None:
    """$1 a day is 0.5 bp of 100,000 a week; 2% and 4% a year are 3.85 and 7.69 bp, below the 4 and 8 of the vendor."""
    assert drag(history(*[{"hedge_pnl_usd": -cost}] * 5))["quiet_drag_band"] == band


def test_the_bands_of_a_week_bind_where_those_of_a_year_are_wide() -> None:
    wide = DragRules(least_sessions=1, watch_year_frac=9.0, over_year_frac=9.0)
    bands = [drag(history(*[{"hedge_pnl_usd": -cost}] * 5), wide)["quiet_drag_band"] for cost in (7.9, 8.1, 15.9, 16.1)]
    assert bands == ["OK", "WATCH", "WATCH", "OVER"]


def test_a_session_without_a_known_pnl_is_left_out_and_counted() -> None:
    row = drag(
        history({"hedge_pnl_usd": None}, {"hedge_pnl_usd": -10.0}, {"contango_frac": None, "hedge_pnl_usd": -99.0})
    )
    assert (row["history_sessions"], row["unmeasured_sessions"], row["quiet_sessions"]) == (3, 2, 1)
    assert row["quiet_hedge_pnl_usd"] == -10.0


def test_the_average_account_is_that_of_the_quiet_days() -> None:
    days = history(
        {"hedge_pnl_usd": -10.0, "net_liq_usd": 50_000.0}, {"hedge_pnl_usd": -10.0, "net_liq_usd": 150_000.0}
    )
    assert drag(days)["quiet_drag_bp_per_week"] == pytest.approx(50.0 / 100_000.0 * 1e4)


def test_what_cannot_be_measured_says_why() -> None:
    assert drag(history({}), DragRules())["quiet_drag_reason"] == "1 quiet sessions with a known hedge P&L, 20 needed"
    no_account = drag(history({"net_liq_usd": None, "hedge_pnl_usd": -1.0}))
    assert no_account["quiet_drag_reason"] == "no net liquidation value on a quiet session: accounts file"
    assert no_account["quiet_drag_band"] is None
    assert no_account["break_even_reason"] == "no spike day on record"
    assert drag(history({"hedge_pnl_usd": 5.0}))["break_even_reason"] == "the hedge cost nothing on quiet days"
    lost = history({"hedge_pnl_usd": -1.0}, {"vix_pts": 25.0, "vix_change_frac": 0.2, "hedge_pnl_usd": -7.0})
    assert drag(lost)["break_even_reason"] == "the median spike day earned nothing"


def test_only_the_window_counts() -> None:
    days = history(*[{"hedge_pnl_usd": -1_000.0}] * 5, *[{"hedge_pnl_usd": -10.0}] * 5)
    row = drag(days, DragRules(least_sessions=1, window_sessions=5))
    assert row["quiet_hedge_pnl_usd"] == -50.0


def credits_of(*taken: tuple[int, float]) -> pl.DataFrame:
    rows = [("A", DAYS[number], usd) for number, usd in taken]
    return pl.DataFrame(
        rows, schema={"account": pl.String, "session_date": pl.Date, "credit_usd": pl.Float64}, orient="row"
    )


def test_realised_cost_leaves_spikes_out_and_counts_credits_of_the_window() -> None:
    """Sessions 3-6 count: -50 -50 -20 outside of the spike, credits 400 + 200."""
    days = history(
        {"hedge_pnl_usd": -900.0},
        {"hedge_pnl_usd": -900.0},
        {"hedge_pnl_usd": -50.0},
        {"hedge_pnl_usd": 3_000.0, "vix_change_frac": 0.15},
        {"hedge_pnl_usd": -50.0},
        {"hedge_pnl_usd": -20.0, "vix_pts": 30.0},
    )
    rules = DragRules(least_sessions=1, cost_sessions=4)
    credit = credits_of((1, 9_999.0), (2, 400.0), (5, 200.0))
    (row,) = realised_hedge_cost(judged_days(days, rules), credit, rules).to_dicts()
    assert (row["calm_hedge_pnl_usd"], row["credits_usd"], row["cost_sessions"]) == (-120.0, 600.0, 4)
    assert row["realised_cost_frac"] == pytest.approx(0.20)


def test_realised_cost_without_credit_or_history_says_why() -> None:
    days = judged_days(history({"hedge_pnl_usd": -50.0}))
    (row,) = realised_hedge_cost(days, credits_of(), FEW).to_dicts()
    assert (row["realised_cost_frac"], row["realised_cost_reason"]) == (None, "no credit was taken in these sessions")
    (row,) = realised_hedge_cost(days, credits_of((0, 100.0)), DragRules()).to_dicts()
    assert row["realised_cost_reason"] == "1 sessions with a known hedge P&L, 20 needed"


def test_a_drawdown_is_cut_by_what_the_hedge_brings_back() -> None:
    """Book +10 -60 +5 = falls 60 from its top; without the hedge (-20, +40, 0) it is +30 -100 +5: falls 100."""
    days = history(
        {"book_pnl_usd": 10.0, "hedge_pnl_usd": -20.0},
        {"book_pnl_usd": -60.0, "hedge_pnl_usd": 40.0},
        {"book_pnl_usd": 5.0},
        {"book_pnl_usd": None, "hedge_pnl_usd": 7_000.0},
    )
    (row,) = drawdown_cut(days, FEW).to_dicts()
    assert row["drawdown_frac"] == pytest.approx(1 - 60 / 100)
    assert row["drawdown_sessions"] == 3


def test_a_drawdown_starts_at_nothing_earned() -> None:
    (row,) = drawdown_cut(history({"book_pnl_usd": -30.0, "hedge_pnl_usd": 10.0}), FEW).to_dicts()
    assert row["drawdown_frac"] == pytest.approx(1 - 30 / 40)
    (row,) = drawdown_cut(history({"book_pnl_usd": 30.0, "hedge_pnl_usd": 10.0}), FEW).to_dicts()
    assert row["drawdown_reason"] == "the book without its hedge had no drawdown"
    (row,) = drawdown_cut(history({}), DragRules()).to_dicts()
    assert row["drawdown_reason"] == "1 sessions with a known P&L of book and hedge, 20 needed"


def test_accounts_are_measured_apart() -> None:
    days = pl.concat([history(*[{"hedge_pnl_usd": -10.0}] * 5), history(*[{"hedge_pnl_usd": -20.0}] * 5, account="B")])
    found = quiet_drag(judged_days(days.sample(fraction=1.0, shuffle=True, seed=1), FEW), FEW)
    assert dict(found.select("account", "quiet_drag_bp_per_week").iter_rows()) == pytest.approx({"A": 5.0, "B": 10.0})
