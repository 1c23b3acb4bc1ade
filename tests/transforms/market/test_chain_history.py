"""A chain beside the one before: what has gone, what has not moved while its neighbours did."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from transforms.market.arbitrage import CONTRACT
from transforms.market.chain_history import ChainBefore, ChainHistory, beside_before

MONDAY, TUESDAY = dt.date(2025, 10, 6), dt.date(2025, 10, 7)
EXPIRY = dt.date(2025, 10, 17)

Quote = tuple[float, float]


def chain(quotes: dict[float, Quote], expiry: dt.date = EXPIRY, root: str = "SPXW") -> pl.DataFrame:
    rows = [(strike, bid, ask) for strike, (bid, ask) in quotes.items()]
    known = {"root": root, "expiry_date": expiry, "settlement": "PM", "right": "C"}
    frame = pl.DataFrame(rows, schema=["strike_pts", "bid_pts", "ask_pts"], orient="row")
    return frame.with_columns(**{name: pl.lit(value) for name, value in known.items()})


def beside(
    now: dict[float, Quote], before: dict[float, Quote], *, wrong: tuple[float, ...] = (), root: str = "SPXW"
) -> ChainHistory:
    marks = chain(now, root=root)
    return beside_before(
        marks,
        ChainBefore(underlying=root[:3], session_date=MONDAY, quotes=chain(before, root=root)),
        TUESDAY,
        wrong=marks.filter(pl.col("strike_pts").is_in(wrong)).select(CONTRACT),
    )


def found(history: ChainHistory) -> list[tuple[float, str, float | None]]:
    return history.faults.select("strike_pts", "flag", "size_pts").rows()


BEFORE = {4900.0: (30.0, 30.4), 4950.0: (20.0, 20.4), 5000.0: (12.0, 12.4), 5050.0: (7.0, 7.4)}


def moved(**by: float) -> dict[float, Quote]:
    """The quotes before, each mid moved; strikes written as `k4900`."""
    return {
        strike: (bid + by.get(f"k{strike:.0f}", 0.0), ask + by.get(f"k{strike:.0f}", 0.0))
        for strike, (bid, ask) in BEFORE.items()
    }


def test_a_quote_that_stays_while_both_neighbours_rise_is_stale() -> None:
    """4950 should have moved by the mean of its neighbours' 3 and 1."""
    assert found(beside(moved(k4900=3.0, k5000=1.0, k5050=0.5), BEFORE)) == [(4950.0, "stale", 2.0)]


def test_two_in_a_row_are_held_against_the_nearest_that_moved() -> None:
    """Between +3 at 4900 and +0.6 at 5050: 2.2 and 1.4 by the line."""
    assert found(beside(moved(k4900=3.0, k5050=0.6), BEFORE)) == [
        (4950.0, "stale", pytest.approx(2.2)),
        (5000.0, "stale", pytest.approx(1.4)),
    ]


@pytest.mark.parametrize(
    "by",
    [
        {"k4900": 2.0, "k5000": -2.0},  # they moved against each other
        {"k4900": 0.3, "k5000": 0.3, "k5050": 0.3},  # three ticks of a dime are no more than three
        {"k5000": 2.0, "k5050": 1.0},  # nothing below it moved
        {},
    ],
)
def test_otherwise_an_unchanged_quote_may_be_right(by: dict[str, float]) -> None:
    assert found(beside(moved(**by), BEFORE)) == []


def test_a_quarter_of_its_spread_is_what_a_wide_quote_may_be_wrong_about() -> None:
    """Eight points wide: a move of 2 is not more than a quarter of that, 2.2 is."""
    wide = BEFORE | {4950.0: (16.0, 24.0)}
    for move, is_stale in ((2.0, False), (2.2, True)):
        now = {strike: (bid + move, ask + move) for strike, (bid, ask) in BEFORE.items()} | {4950.0: (16.0, 24.0)}
        assert bool(found(beside(now, wide))) is is_stale


def test_cheap_quotes_move_in_nickels_and_weekly_vix_options_in_pennies() -> None:
    """Three ticks: 0.15 below three points, 0.03 of a weekly VIX option."""
    cheap = {90.0: (1.0, 1.04), 95.0: (0.8, 0.84), 100.0: (0.6, 0.64)}
    for root, move, is_stale in (
        ("SPXW", 0.15, False),
        ("SPXW", 0.2, True),
        ("VIXW", 0.03, False),
        ("VIXW", 0.04, True),
    ):
        now = {strike: (bid + move, ask + move) for strike, (bid, ask) in cheap.items()} | {95.0: (0.8, 0.84)}
        assert bool(found(beside(now, cheap, root=root))) is is_stale, (root, move)


def test_a_neighbour_that_breaks_a_bound_says_nothing_about_the_market() -> None:
    now = moved(k4900=3.0)
    now[5000.0] = (22.0, 22.4)
    assert found(beside(now, BEFORE))[0][:2] == (4950.0, "stale")
    assert found(beside(now, BEFORE, wrong=(5000.0,))) == []


def test_what_was_listed_and_lives_on_is_missing_and_what_has_expired_is_not() -> None:
    marks = chain({4900.0: (31.0, 31.4)})
    before = pl.concat([chain({4900.0: (30.0, 30.4), 4950.0: (20.0, 20.4)}), chain(BEFORE, expiry=TUESDAY)])
    history = beside_before(
        marks,
        ChainBefore(underlying="SPX", session_date=MONDAY, quotes=before),
        TUESDAY,
        wrong=marks.select(CONTRACT).clear(),
    )
    assert history.faults.select("expiry_date", "strike_pts", "flag", "bid_pts", "ask_pts", "size_pts").rows() == [
        (EXPIRY, 4950.0, "missing", 20.0, 20.4, None)
    ]
    assert history.expiries.select("expiry_date", "before_qty", "compared_qty", "unchanged_qty").rows() == [
        (EXPIRY, 2, 1, 0)
    ]


def test_only_quotes_worth_a_point_with_a_bid_in_both_chains_tell_whether_it_has_changed() -> None:
    before = BEFORE | {5100.0: (0.4, 0.5), 5150.0: (0.0, 0.2), 5200.0: (1.2, 1.3)}
    now = before | {4900.0: (31.0, 31.4), 5200.0: (0.0, 1.3)}
    assert beside(now, before).expiries.select("before_qty", "compared_qty", "unchanged_qty").rows() == [(7, 4, 3)]
