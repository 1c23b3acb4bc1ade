"""Where the day's P&L came from: every factor against an independent repricing, and the sum against the P&L itself."""

import datetime as dt
import math

import polars as pl
import pytest
import QuantLib

from tests.transforms.book.toy_book import (
    FRIDAY,
    MONDAY,
    ToyMarket,
    ToyNight,
    condor_fills,
    fill,
    fills_of,
    night,
    unit_fills,
)
from transforms.book.payoffs import settlement_levels
from transforms.risk.attribution import FACTORS
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

BOOK = fills_of(*condor_fills(), *unit_fills())


def two_nights(fills: pl.DataFrame, monday: ToyMarket, friday: ToyMarket | None = None) -> tuple[ToyNight, ToyNight]:
    before = night(fills, friday or ToyMarket())
    return before, night(fills, monday, before=before)


def day(tonight: ToyNight, part: str = "total", period: str = "day") -> dict[str, object]:
    rows = tonight.attribution.periods
    (row,) = rows.filter(pl.col("part") == part, pl.col("period") == period, pl.col("account") == "A").to_dicts()
    return row


def ql_value(forward: float, row: dict[str, object], *, vol: float, years: float, discount: float) -> float:
    """QuantLib's Black-76, which shares nothing with ours."""
    side = QuantLib.Option.Call if row["right"] == "C" else QuantLib.Option.Put
    payoff = QuantLib.PlainVanillaPayoff(side, float(row["strike_pts"]))  # type: ignore[arg-type]
    return float(QuantLib.BlackCalculator(payoff, forward, vol * math.sqrt(years), discount).value())


@pytest.mark.parametrize("spot_pts", [6010.0, 5930.0, 5700.0])
def test_causes_and_what_is_unexplained_are_the_pnl_of_the_day_to_the_cent(spot_pts: float) -> None:
    _, tonight = two_nights(BOOK, ToyMarket(session_date=MONDAY, spot_pts=spot_pts))
    row = day(tonight)
    assert row["actual_usd"] == pytest.approx(tonight.book["day_pnl_usd"][0], abs=1e-6)
    assert sum(row[name] for name in (*FACTORS, "unexplained_usd")) == pytest.approx(row["actual_usd"], abs=1e-6)  # type: ignore[misc, arg-type]
    assert abs(row["unexplained_usd"]) <= max(50.0, 0.1 * abs(row["actual_usd"]))  # type: ignore[arg-type, operator]


def test_a_step_by_step_leg_equals_quantlib_at_each_stage() -> None:
    before, tonight = two_nights(BOOK, ToyMarket(session_date=MONDAY, spot_pts=5700.0))
    rows = tonight.attribution.legs.filter(pl.col("instrument_id") == "SPXW 2026-06-08 PM P 5700")
    (split,) = rows.to_dicts()
    (was,) = before.legs.filter(pl.col("instrument_id") == "SPXW 2026-06-08 PM P 5700").to_dicts()
    (now,) = tonight.legs.filter(pl.col("instrument_id") == "SPXW 2026-06-08 PM P 5700").to_dicts()
    assert split["method"] == "step"  # SPX moved by 5%
    rolled = was["discount_factor_frac"] ** (now["t_years"] / was["t_years"])
    moved = was["forward_pts"] * 5700.0 / 6000.0
    stages = [
        ql_value(
            was["forward_pts"], was, vol=was["iv_vol"], years=was["t_years"], discount=was["discount_factor_frac"]
        ),
        ql_value(was["forward_pts"], was, vol=was["iv_vol"], years=now["t_years"], discount=rolled),
        ql_value(moved, was, vol=was["iv_vol"], years=now["t_years"], discount=rolled),
        ql_value(moved, was, vol=now["iv_vol"], years=now["t_years"], discount=rolled),
        ql_value(
            now["forward_pts"], was, vol=now["iv_vol"], years=now["t_years"], discount=now["discount_factor_frac"]
        ),
    ]
    size = -10 * 100.0
    assert split["theta_usd"] == pytest.approx(size * (stages[1] - stages[0]), abs=1e-6)
    assert split["delta_usd"] + split["gamma_usd"] == pytest.approx(size * (stages[2] - stages[1]), abs=1e-6)
    assert split["vega_usd"] == pytest.approx(size * (stages[3] - stages[2]), abs=1e-6)
    assert split["rates_usd"] == pytest.approx(size * (stages[4] - stages[3]), abs=1e-6)
    assert split["unexplained_usd"] == pytest.approx(0.0, abs=1e-6)  # the toy's marks lie on its smile


def test_taylor_factors_are_the_greeks_of_last_night() -> None:
    before, tonight = two_nights(BOOK, ToyMarket(session_date=MONDAY, spot_pts=6010.0))
    (was,) = before.legs.filter(pl.col("instrument_id") == "SPXW 2026-06-08 PM P 5700").to_dicts()
    (split,) = tonight.attribution.legs.filter(pl.col("instrument_id") == "SPXW 2026-06-08 PM P 5700").to_dicts()
    (now,) = tonight.legs.filter(pl.col("instrument_id") == "SPXW 2026-06-08 PM P 5700").to_dicts()
    assert split["method"] == "taylor"
    assert split["delta_usd"] == pytest.approx(10.0 * was["delta_usd_per_pt"])
    assert split["gamma_usd"] == pytest.approx(0.5 * was["gamma_usd_per_pt2"] * 10.0**2)
    assert split["vega_usd"] == pytest.approx(100 * (now["iv_vol"] - was["iv_vol"]) * was["vega_usd_per_volpt"])
    assert split["delta_usd"] > 0.0  # a short put gains when SPX rises
    assert split["theta_usd"] > 0.0  # and when time passes


def test_a_vix_call_has_roll_curve_shift_and_volvol_and_no_spx_delta() -> None:
    before, tonight = two_nights(BOOK, ToyMarket(session_date=MONDAY, spot_pts=6010.0))
    (was,) = before.legs.filter(pl.col("instrument_id") == "VIX 2026-08-19 AM C 21").to_dicts()
    (split,) = tonight.attribution.legs.filter(pl.col("instrument_id") == "VIX 2026-08-19 AM C 21").to_dicts()
    assert (split["delta_usd"], split["vega_usd"]) == (0.0, 0.0)
    # The toy's curve rises by 0.01 a day and stays: over three days the future rolls down by 0.03, nothing else.
    assert split["rolldown_usd"] == pytest.approx(was["vix_delta_usd_per_vx_pt"] * -0.03)
    assert split["curve_shift_usd"] == pytest.approx(0.0, abs=1e-9)
    of_spx = was["vix_delta_usd_per_vx_pt"] * was["eps"] * math.log(6010 / 6000) * was["forward_pts"]
    assert split["curve_shift_spx_usd"] == pytest.approx(of_spx)
    assert of_spx < 0.0  # a long VIX call loses when SPX rises


def test_a_fill_of_the_day_counts_against_tonights_mark_and_its_fee_apart() -> None:
    added = fill("SPXW 2026-06-08 P 5600", 2, 15.0, on=MONDAY, structure=None, fees=3.0)
    _, tonight = two_nights(fills_of(*condor_fills(), added), ToyMarket(session_date=MONDAY))
    (split,) = tonight.attribution.legs.filter(pl.col("instrument_id") == "SPXW 2026-06-08 PM P 5600").to_dicts()
    (now,) = tonight.legs.filter(pl.col("instrument_id") == "SPXW 2026-06-08 PM P 5600").to_dicts()
    assert (split["method"], split["quantity_before_qty"], split["fees_usd"]) == ("trade", 0, -3.0)
    assert split["trades_usd"] == pytest.approx(200.0 * (now["mark_pts"] - 15.0))
    assert split["actual_usd"] == pytest.approx(split["trades_usd"] - 3.0)


def test_a_leg_closed_today_is_carried_to_tonights_mark_and_traded_from_there() -> None:
    closing = fill("VIX 2026-08-19 C 21", -4, 3.25, on=MONDAY, structure=None)
    before, tonight = two_nights(fills_of(*condor_fills(), *unit_fills(), closing), ToyMarket(session_date=MONDAY))
    (split,) = tonight.attribution.legs.filter(pl.col("instrument_id") == "VIX 2026-08-19 AM C 21").to_dicts()
    (was,) = before.legs.filter(pl.col("instrument_id") == "VIX 2026-08-19 AM C 21").to_dicts()
    assert split["method"] == "taylor"
    assert split["actual_usd"] == pytest.approx(400.0 * (3.25 - was["mark_pts"]))
    assert split["unexplained_usd"] == pytest.approx(0.0, abs=2.0)
    assert day(tonight)["actual_usd"] == pytest.approx(tonight.book["day_pnl_usd"][0])


def test_the_last_day_of_a_condor_goes_to_its_settlement_step_by_step() -> None:
    thursday, friday = dt.date(2026, 6, 4), dt.date(2026, 6, 5)
    fills = fills_of(*[fill(leg.replace("06-08", "06-05"), q, p, on=thursday) for leg, q, p in _legs()])
    close = pl.DataFrame({"session_date": [friday], "symbol": ["SPX"], "close_pts": [5680.0]})
    paid = settlement_levels(index_levels=CORE_INDEX_LEVELS_DAILY.conform(close))
    _, tonight = two_nights(
        fills,
        ToyMarket(session_date=friday, spot_pts=5685.0, settlements=paid),
        ToyMarket(session_date=thursday, spot_pts=5720.0),
    )
    rows = tonight.attribution.legs
    assert rows["method"].unique().to_list() == ["step"]
    assert rows["unexplained_usd"].abs().max() == pytest.approx(0.0, abs=1e-6)
    assert day(tonight)["actual_usd"] == pytest.approx(tonight.book["day_pnl_usd"][0])
    (short,) = rows.filter(pl.col("instrument_id") == "SPXW 2026-06-05 PM P 5700").to_dicts()
    assert short["delta_usd"] < 0.0


def _legs() -> list[tuple[str, int, float]]:
    return [("SPXW 2026-06-08 P 5650", 10, 9.0), ("SPXW 2026-06-08 P 5700", -10, 25.0)]


def test_the_first_night_says_that_it_has_nothing_to_compare_with() -> None:
    row = day(night(BOOK))
    assert (row["actual_usd"], row["reason"]) == (None, "no earlier session to compare with")


def test_an_unpriced_leg_leaves_its_part_null_by_name() -> None:
    crossed = ("SPXW 2026-06-08 P 5700",)
    _, tonight = two_nights(BOOK, ToyMarket(session_date=MONDAY, crossed=crossed))
    row = day(tonight, "condor")
    assert row["actual_usd"] is None
    assert "SPXW 2026-06-08 PM P 5700" in str(row["reason"])
    assert day(tonight, "hedge")["actual_usd"] is not None


def test_the_week_adds_its_sessions_up_and_a_new_week_begins_anew() -> None:
    tuesday = dt.date(2026, 5, 12)
    friday = night(BOOK)
    monday = night(BOOK, ToyMarket(session_date=MONDAY, spot_pts=5990.0), before=friday)
    later = night(BOOK, ToyMarket(session_date=tuesday, spot_pts=5960.0), before=monday)
    week = day(later, period="week")
    days = [day(one)["actual_usd"] for one in (monday, later)]
    assert week["actual_usd"] == pytest.approx(sum(days))  # type: ignore[arg-type]
    assert (week["from_date"], week["sessions_qty"]) == (MONDAY, 2)
    month = day(later, period="month")
    assert (month["actual_usd"], month["from_date"]) == (None, FRIDAY)  # Friday had no session before it


NAMELESS = {"structure": None}
OTHER_CONDOR = (
    ("SPXW 2026-06-08 P 5600", 10, 15.0),
    ("SPXW 2026-06-08 P 5650", -10, 20.0),
    ("SPXW 2026-06-08 C 6300", -10, 7.0),
    ("SPXW 2026-06-08 C 6350", 10, 4.0),
)


@pytest.mark.parametrize(
    ("traded", "kept_qty"),
    [
        # Half of the calls bought back: the fills of today bear the name that their opening implies.
        ([("SPXW 2026-06-08 C 6250", 4, 9.0), ("SPXW 2026-06-08 C 6300", -4, 5.0)], 4),
        # A condor on two of the same strikes: contracts are netted across the names, and those are taken back.
        (OTHER_CONDOR, 4),
    ],
    ids=["partly closed", "netted across names"],
)
def test_legs_without_labels_add_up_too(traded: list[tuple[str, int, float]], kept_qty: int) -> None:
    """Traded on Monday against what was opened on Friday: every leg is carried over, the causes are the day's P&L."""
    friday = condor_fills(**NAMELESS)
    fills = fills_of(*friday, *(fill(*leg, structure=None, on=MONDAY, fees=2.0) for leg in traded))
    before = night(fills_of(*friday), ToyMarket())
    tonight = night(fills, ToyMarket(session_date=MONDAY, spot_pts=5930.0), before=before)
    row = day(tonight)
    assert row["actual_usd"] == pytest.approx(tonight.book["day_pnl_usd"][0], abs=1e-6)
    assert sum(row[name] for name in (*FACTORS, "unexplained_usd")) == pytest.approx(row["actual_usd"], abs=1e-6)  # type: ignore[misc, arg-type]
    legs = tonight.attribution.legs
    assert legs.filter(pl.col("quantity_before_qty") != 0).height == kept_qty
    assert legs["instrument_id"].is_unique().all()
    assert legs["fees_usd"].sum() == pytest.approx(-2.0 * len(traded))
