"""The move options price for an event: variances chosen so that each move is a sum done by hand."""

import datetime as dt
import math

import polars as pl
import pytest

from transforms.market.event_move import NO_EXTRA
from transforms.signals.event_moves import NO_BASE, NO_EXPIRY, NO_SPOT, implied_event_moves
from warehouse.tables.core import CORE_FORWARDS_DAILY
from warehouse.tables.mart import MART_UPCOMING_EVENTS_DAILY

SESSION = dt.date(2023, 6, 12)
USUAL = 0.04  # variance a year: a vol of 20%


def close_of(day: int) -> dt.datetime:
    return dt.datetime(2023, 6, day, 20, tzinfo=dt.UTC)


def forwards(*total_variance: tuple[int, float | None], root: str = "SPXW") -> pl.DataFrame:
    """Expiries as (day of June, total variance), a 365th of a year a day from the 12th."""
    rows = [
        {
            "session_date": SESSION,
            "root": root,
            "expiry_date": dt.date(2023, 6, day),
            "settlement": "PM",
            "underlying": "SPX",
            "settle_at": close_of(day),
            "t_years": (day - 12) / 365,
            "dte_days": day - 12,
            "atm_iv_vol": variance and math.sqrt(variance / ((day - 12) / 365)),
        }
        for day, variance in total_variance
    ]
    return CORE_FORWARDS_DAILY.conform(pl.DataFrame(rows))


def event(event_id: str, at: dt.datetime | None, *, is_high_impact: bool = True, is_past: bool = False) -> pl.DataFrame:
    row = {
        "session_date": SESSION,
        "event_id": event_id,
        "kind": event_id.split(maxsplit=1)[0],
        "event_date": (at or close_of(13)).date(),
        "event_at": at,
        "days_to_days": 1,
        "is_past": is_past,
        "is_next_of_kind": True,
        "is_high_impact": is_high_impact,
    }
    return MART_UPCOMING_EVENTS_DAILY.conform(pl.DataFrame([row]))


DAY = USUAL / 365
# Four days: usual, usual with an event worth 0.0004 (2%) of variance, usual, usual.
CURVE = forwards((13, DAY), (14, 2 * DAY + 0.0004), (15, 3 * DAY + 0.0004), (16, 4 * DAY + 0.0004))
FED = event("fomc_decision 2023-06-14", dt.datetime(2023, 6, 14, 18, tzinfo=dt.UTC))


def moves(upcoming: pl.DataFrame, curve: pl.DataFrame = CURVE, spot: float | None = 4000.0) -> dict[str, object]:
    found = implied_event_moves(upcoming, curve, spot)
    assert found.schema == MART_UPCOMING_EVENTS_DAILY.polars_schema
    return found.row(0, named=True)


def test_what_the_day_of_the_event_costs_beyond_a_usual_one() -> None:
    row = moves(FED)
    assert row["implied_move_pts"] == pytest.approx(4000 * 0.02)
    assert row["implied_bracket_days"] == pytest.approx(1.0)
    assert row["implied_move_reason"] is None


def test_an_event_before_the_first_expiry_is_read_from_the_mark_on() -> None:
    cpi = event("cpi 2023-06-13", dt.datetime(2023, 6, 13, 12, 30, tzinfo=dt.UTC))
    curve = forwards((13, DAY + 0.0001), (14, 2 * DAY + 0.0001), (15, 3 * DAY + 0.0001))
    assert moves(cpi, curve)["implied_move_pts"] == pytest.approx(4000 * 0.01)


def test_an_event_that_costs_less_than_a_usual_day_moves_nothing() -> None:
    cheap = forwards((13, DAY), (14, 1.5 * DAY), (15, 2.5 * DAY), (16, 3.5 * DAY))
    row = moves(FED, cheap)
    assert (row["implied_move_pts"], row["implied_move_reason"]) == (0.0, NO_EXTRA)


def test_other_roots_are_not_looked_at() -> None:
    mixed = pl.concat([CURVE, forwards((14, 9 * DAY), root="SPX")])
    assert moves(FED, mixed)["implied_move_pts"] == pytest.approx(4000 * 0.02)


@pytest.mark.parametrize(
    ("curve", "spot", "reason"),
    [
        (forwards((13, DAY)), 4000.0, NO_EXPIRY),
        (forwards((14, DAY)), 4000.0, NO_BASE),
        (CURVE, None, NO_SPOT),
        (CURVE.clear(), 4000.0, NO_EXPIRY),
    ],
)
def test_what_is_missing_is_named(curve: pl.DataFrame, spot: float | None, reason: str) -> None:
    row = moves(FED, curve, spot)
    assert (row["implied_move_pts"], row["implied_move_reason"]) == (None, reason)


@pytest.mark.parametrize(
    "other",
    [
        event("opex 2023-06-16", close_of(16), is_high_impact=False),
        event("cpi 2023-06-12", dt.datetime(2023, 6, 12, 12, 30, tzinfo=dt.UTC), is_past=True),
        event("cpi 2023-06-13", None),
    ],
)
def test_only_high_impact_events_ahead_have_one(other: pl.DataFrame) -> None:
    row = moves(pl.concat([other, FED]))
    assert (row["implied_move_pts"], row["implied_move_reason"]) == (None, None)
