"""The two benchmark lines by hand: what is chosen, how a line is carried, what breaks it."""

import datetime as dt
import math

import polars as pl
import pytest

from transforms.book.payoffs import settlement_levels
from transforms.market.calendar import previous_session, quote_table_instant
from transforms.risk.benchmarks import BenchmarkNight, benchmarks
from transforms.risk.reference_contracts import BenchmarkRules, cndr_condor, reference_condor_row, tail_call
from warehouse.tables.core import CORE_OPTION_MARKS_DAILY, CORE_SETTLEMENT_VALUES
from warehouse.tables.mart import MART_BENCHMARKS_DAILY

NO_CONDOR = "no monthly SPX options at 20 and 5 delta in tonight's chain"
MONDAY, TUESDAY = dt.date(2026, 6, 22), dt.date(2026, 6, 23)
JULY, AUGUST = dt.date(2026, 7, 17), dt.date(2026, 8, 21)
VIX_JULY, VIX_AUGUST = dt.date(2026, 7, 22), dt.date(2026, 8, 19)
CONDOR = {
    ("P", 5500.0): (-0.05, 4.0),
    ("P", 5700.0): (-0.21, 12.0),
    ("C", 6300.0): (0.19, 10.0),
    ("C", 6400.0): (0.05, 3.0),
}
BESIDE = {
    ("P", 5600.0): (-0.10, 7.0),
    ("P", 5800.0): (-0.30, 20.0),
    ("C", 6200.0): (0.30, 18.0),
    ("C", 6350.0): (0.10, 6.0),
}
TAIL = {("C", 20.0): (0.45, 1.9), ("C", 24.0): (0.31, 1.2), ("C", 25.0): (0.28, 1.0)}


def chain(
    day: dt.date,
    root: str,
    expiry: dt.date,
    quotes: dict[tuple[str, float], tuple[float, float]],
    forward: float = 6000.0,
) -> pl.DataFrame:
    rows = [
        {
            "session_date": day,
            "root": root,
            "expiry_date": expiry,
            "settlement": "PM" if root == "SPXW" else "AM",
            "right": right,
            "strike_pts": strike,
            "underlying": "VIX" if root.startswith("VIX") else "SPX",
            "bid_pts": mark - 0.1,
            "ask_pts": mark + 0.1,
            "mark_pts": mark,
            "mark_quality": "OK",
            "iv_status": "ok",
            "iv_vol": 0.2,
            "delta": delta,
            "forward_pts": forward,
            "dte_days": (expiry - day).days,
            "theta_pts_per_day": -mark / 30,
        }
        for (right, strike), (delta, mark) in quotes.items()
    ]
    return CORE_OPTION_MARKS_DAILY.conform(pl.DataFrame(rows))


def at(
    quotes: dict[tuple[str, float], tuple[float, float]], *marks: float
) -> dict[tuple[str, float], tuple[float, float]]:
    return {key: (delta, mark) for (key, (delta, _)), mark in zip(quotes.items(), marks, strict=True)}


def night(
    day: dt.date,
    *chains: pl.DataFrame,
    previous: pl.DataFrame | None = None,
    settled: tuple[tuple[dt.date, str, float], ...] = (),
    spx: float | None = 6000.0,
    rate: float | None = 0.04,
) -> dict[str, dict[str, object]]:
    values = pl.DataFrame(settled, schema=["session_date", "symbol", "value_pts"], orient="row") if settled else None
    return {
        row["benchmark"]: row
        for row in benchmarks(
            BenchmarkNight(
                session_date=day,
                mark_at=quote_table_instant(day),
                marks=pl.concat(chains) if chains else CORE_OPTION_MARKS_DAILY.empty(),
                settlements=settlement_levels()
                if values is None
                else settlement_levels(CORE_SETTLEMENT_VALUES.conform(values)),
                rate_frac=rate,
                spx_close_pts=spx,
                previous=MART_BENCHMARKS_DAILY.empty() if previous is None else previous,
            )
        ).to_dicts()
    }


def stored(rows: dict[str, dict[str, object]], *, as_of: dt.date | None = None) -> pl.DataFrame:
    """The rows as the warehouse has them; `as_of` a later night on which nothing had changed."""
    frame = MART_BENCHMARKS_DAILY.conform(pl.DataFrame(list(rows.values()), infer_schema_length=None))
    return frame if as_of is None else frame.with_columns(session_date=pl.lit(as_of))


def first_night(vix_forward: float = 21.0) -> dict[str, dict[str, object]]:
    return night(
        MONDAY,
        chain(MONDAY, "SPX", JULY, CONDOR | BESIDE),
        chain(MONDAY, "VIX", VIX_JULY, TAIL, vix_forward),
    )


def test_the_condor_is_chosen_by_delta_from_the_monthly_nearest_thirty_days() -> None:
    marks = pl.concat(
        [
            chain(MONDAY, "SPX", JULY, CONDOR | BESIDE),
            chain(MONDAY, "SPX", AUGUST, CONDOR),
            chain(MONDAY, "SPXW", dt.date(2026, 7, 24), CONDOR),
        ]
    )
    chosen = cndr_condor(marks.sample(fraction=1.0, shuffle=True, seed=3))
    assert (chosen.first("root"), chosen.first("expiry_date")) == ("SPX", JULY)
    assert chosen.strikes == [5500.0, 5700.0, 6300.0, 6400.0]
    assert chosen.price_pts == pytest.approx(-15.0)


def test_the_reference_condor_in_figures() -> None:
    """Credit 12 + 10 - 4 - 3 = 15; 0.1 worse on each of four legs at the quotes; wider side 200, so 18,500 at risk."""
    (row,) = reference_condor_row(cndr_condor(chain(MONDAY, "SPX", JULY, CONDOR)), MONDAY).to_dicts()
    assert (row["credit_pts"], row["max_loss_usd"], row["margin_usd"]) == (15.0, 18_500.0, 20_000.0)
    assert row["credit_at_quotes_pts"] == pytest.approx(14.6)
    assert (row["break_even_put_pts"], row["break_even_call_pts"]) == (5685.0, 6315.0)
    assert row["theta_usd_per_day"] == pytest.approx(15.0 / 30 * 100)
    assert (row["short_put_delta"], row["long_call_delta"]) == (-0.21, 0.05)


def test_ties_in_delta_take_the_lower_strike() -> None:
    quotes = CONDOR | {("C", 6290.0): (0.19, 11.0), ("P", 5690.0): (-0.21, 11.0)}
    assert cndr_condor(chain(MONDAY, "SPX", JULY, quotes)).strikes == [5500.0, 5690.0, 6290.0, 6400.0]


def test_a_contract_without_a_bid_is_not_taken() -> None:
    marks = chain(MONDAY, "SPX", JULY, CONDOR | BESIDE).with_columns(
        bid_pts=pl.when(pl.col("strike_pts") == 5500.0).then(0.0).otherwise("bid_pts")
    )
    assert cndr_condor(marks).strikes == [5600.0, 5700.0, 6300.0, 6400.0]


@pytest.mark.parametrize(
    ("marks", "reason"),
    [
        (CORE_OPTION_MARKS_DAILY.empty(), NO_CONDOR),
        (chain(MONDAY, "SPXW", dt.date(2026, 7, 24), CONDOR), NO_CONDOR),
        (
            chain(MONDAY, "SPX", JULY, {("P", 5700.0): (-0.2, 12.0), ("C", 6300.0): (0.2, 10.0)}),
            NO_CONDOR,
        ),
    ],
    ids=["no chain", "weeklies only", "too sparse"],
)
def test_no_condor_says_why(marks: pl.DataFrame, reason: str) -> None:
    chosen = cndr_condor(marks)
    assert chosen.reason == reason
    (row,) = reference_condor_row(chosen, MONDAY).to_dicts()
    assert (row["credit_pts"], row["reason"]) == (None, reason)


def test_spxw_of_the_third_friday_stands_in_where_no_am_series_is_listed() -> None:
    chosen = cndr_condor(chain(MONDAY, "SPXW", JULY, CONDOR))
    assert (chosen.first("root"), chosen.first("settlement")) == ("SPXW", "PM")


@pytest.mark.parametrize(
    ("forward", "weight"),
    [(12.0, 0.0), (15.0, 0.0), (15.01, 0.01), (30.0, 0.01), (30.01, 0.005), (50.0, 0.005), (50.01, 0.0)],
)
def test_the_weight_of_vxth_by_forward_vix(forward: float, weight: float) -> None:
    """METHODOLOGY 7: up to 15 0%, up to 30 1%, up to 50 0.5%, above 0%."""
    assert BenchmarkRules().tail_weight(forward) == weight


def test_the_tail_call_is_the_thirty_delta_of_the_monthly() -> None:
    marks = pl.concat(
        [chain(MONDAY, "VIX", VIX_JULY, TAIL, 21.0), chain(MONDAY, "VIXW", dt.date(2026, 7, 15), TAIL, 21.0)]
    )
    chosen = tail_call(marks)
    assert (chosen.strikes, chosen.first("expiry_date"), chosen.first("root")) == ([24.0], VIX_JULY, "VIX")


def test_both_lines_start_at_a_hundred() -> None:
    rows = first_night()
    assert {name: (row["action"], row["index_level"], row["reason"]) for name, row in rows.items()} == {
        "CNDR": ("START", 100.0, None),
        "VXTH": ("START", 100.0, None),
    }
    assert (rows["CNDR"]["entry_price_pts"], rows["CNDR"]["collateral_pts"]) == (15.0, 1_850.0)
    assert (rows["VXTH"]["long_call_pts"], rows["VXTH"]["weight_frac"]) == (24.0, 0.01)


def test_a_night_holds_on_and_is_marked() -> None:
    """Condor now costs 10 + 11 - 3 - 3.5 = 14.5; bills of 1,850 + 15 earn a day of 4%. Call 1.2 to 1.5, SPX -1%."""
    rows = night(
        TUESDAY,
        chain(TUESDAY, "SPX", JULY, at(CONDOR, 3.0, 10.0, 11.0, 3.5)),
        chain(TUESDAY, "VIX", VIX_JULY, at(TAIL, 2.4, 1.5, 1.3), 33.0),
        previous=stored(first_night()),
        spx=5940.0,
    )
    condor, tail = rows["CNDR"], rows["VXTH"]
    assert (condor["action"], condor["value_pts"], condor["day_pnl_pts"]) == ("HOLD", -14.5, 0.5)
    level = 100.0 * (1_865.0 * math.exp(0.04 / 365) - 14.5) / 1_850.0
    assert condor["index_level"] == pytest.approx(level, rel=1e-14)
    assert condor["day_return_frac"] == pytest.approx(level / 100.0 - 1.0)
    assert tail["index_level"] == pytest.approx(100.0 * (0.99 * 0.99 + 0.01 * 1.5 / 1.2))
    assert (tail["day_pnl_pts"], tail["forward_vix_pts"], tail["weight_tonight_frac"]) == (
        pytest.approx(0.3),
        33.0,
        0.005,
    )
    assert condor["entered_date"] == tail["entered_date"] == MONDAY


def test_without_a_mark_the_position_is_carried_on_and_the_line_goes_on_the_next_night() -> None:
    missing = night(TUESDAY, previous=stored(first_night()))
    assert missing["CNDR"]["index_level"] is None
    assert missing["CNDR"]["reason"] == "SPX 2026-07-17 P 5500 has no mark tonight"
    wednesday = dt.date(2026, 6, 24)
    after = night(
        wednesday,
        chain(wednesday, "SPX", JULY, CONDOR),
        chain(wednesday, "VIX", VIX_JULY, TAIL, 21.0),
        previous=stored(missing),
    )
    assert after["CNDR"]["index_level"] == pytest.approx(100.0 * (1_865.0 * math.exp(0.08 / 365) - 15.0) / 1_850.0)
    assert after["CNDR"]["day_return_frac"] is None
    assert after["VXTH"]["index_level"] == pytest.approx(100.0)


def third_friday(set_pts: float | None, **more: object) -> dict[str, object]:
    settled = () if set_pts is None else ((JULY, "SET", set_pts),)
    previous = stored(first_night(), as_of=previous_session(JULY))
    rows = night(JULY, chain(JULY, "SPX", AUGUST, CONDOR), previous=previous, settled=settled, **more)  # type: ignore[arg-type]
    return rows["CNDR"]


def test_the_condor_settles_at_set_and_the_next_is_sold() -> None:
    """SET 5,650: the short put pays 50, 25 days after entry."""
    row = third_friday(5650.0)
    level = 100.0 * (1_865.0 * math.exp(0.04 * 25 / 365) - 50.0) / 1_850.0
    assert (row["action"], row["expiry_date"], row["entered_date"]) == ("ROLL", AUGUST, JULY)
    assert row["index_level"] == row["entry_level"] == pytest.approx(level, rel=1e-14)
    assert row["day_pnl_pts"] == pytest.approx(-50.0 + 15.0)
    assert row["started_date"] == MONDAY


@pytest.mark.parametrize(
    ("set_pts", "owed"), [(6000.0, 0.0), (5700.0, 0.0), (5400.0, 200.0), (6350.0, 50.0), (9000.0, 100.0)]
)
def test_what_a_settled_condor_owes(set_pts: float, owed: float) -> None:
    expected = 100.0 * (1_865.0 * math.exp(0.04 * 25 / 365) - owed) / 1_850.0
    assert third_friday(set_pts)["index_level"] == pytest.approx(expected, rel=1e-14)


def test_an_unknown_set_breaks_the_line_and_says_so() -> None:
    row = third_friday(None)
    assert (row["action"], row["index_level"], row["started_date"], row["day_return_frac"]) == (
        "RESTART",
        100.0,
        JULY,
        None,
    )
    assert row["reason"] == "no settlement value: SET of 2026-07-17 is not supplied: the line begins again at 100"


def test_where_nothing_can_be_entered_the_line_waits_at_its_level() -> None:
    waiting = third_friday(6000.0, rate=None)
    level = 100.0 * 1_865.0 * math.exp(0.04 * 25 / 365) / 1_850.0
    assert (waiting["action"], waiting["expiry_date"], waiting["reason"]) == (
        "WAIT",
        None,
        "no Treasury curve on or before the session",
    )
    assert waiting["index_level"] == pytest.approx(level)
    day = dt.date(2026, 7, 20)
    row = night(day, chain(day, "SPX", AUGUST, CONDOR), previous=stored({"CNDR": waiting}))["CNDR"]
    assert (row["action"], row["index_level"], row["entered_date"]) == ("ROLL", pytest.approx(level), day)


def test_a_line_that_never_started_has_no_level() -> None:
    rows = night(MONDAY)
    assert {row["action"] for row in rows.values()} == {"WAIT"}
    assert rows["CNDR"]["index_level"] is None
    later = night(TUESDAY, chain(TUESDAY, "SPX", JULY, CONDOR), previous=stored(rows))
    assert (later["CNDR"]["action"], later["CNDR"]["index_level"], later["CNDR"]["started_date"]) == (
        "START",
        100.0,
        TUESDAY,
    )


def test_the_call_settles_at_vro_and_the_next_is_weighed_anew() -> None:
    """VRO 40: 16 points for 1.2 paid; SPX -10%. Forward VIX 38 then: half a per cent."""
    rows = night(
        VIX_JULY,
        chain(VIX_JULY, "VIX", VIX_AUGUST, TAIL, 38.0),
        previous=stored(first_night(), as_of=previous_session(VIX_JULY)),
        settled=((VIX_JULY, "VRO", 40.0),),
        spx=5400.0,
    )
    tail = rows["VXTH"]
    assert tail["index_level"] == pytest.approx(100.0 * (0.99 * 0.9 + 0.01 * 16.0 / 1.2))
    assert (tail["action"], tail["weight_frac"], tail["day_pnl_pts"]) == ("ROLL", 0.005, pytest.approx(14.8))


def test_below_fifteen_the_line_is_spx_alone() -> None:
    quiet = first_night(vix_forward=14.0)
    rows = night(TUESDAY, chain(TUESDAY, "VIX", VIX_JULY, TAIL, 14.0), previous=stored(quiet), spx=6060.0)
    assert quiet["VXTH"]["weight_frac"] == 0.0
    assert rows["VXTH"]["index_level"] == pytest.approx(101.0)


def test_after_a_gap_the_line_goes_on_and_has_no_return_of_the_day() -> None:
    wednesday = dt.date(2026, 6, 24)
    rows = night(
        wednesday, chain(wednesday, "SPX", JULY, at(CONDOR, 3.0, 10.0, 11.0, 3.5)), previous=stored(first_night())
    )
    condor = rows["CNDR"]
    assert condor["index_level"] == pytest.approx(100.0 * (1_865.0 * math.exp(0.04 * 2 / 365) - 14.5) / 1_850.0)
    assert (condor["day_return_frac"], condor["day_pnl_pts"], condor["started_date"]) == (None, None, MONDAY)


def test_a_roll_in_a_gap_is_made_up_on_the_next_night() -> None:
    """Friday's settlement at 5,650 is found on Monday; the bills stop earning on Friday."""
    monday = dt.date(2026, 7, 20)
    rows = night(
        monday,
        chain(monday, "SPX", AUGUST, CONDOR),
        previous=stored(first_night(), as_of=dt.date(2026, 7, 16)),
        settled=((JULY, "SET", 5650.0),),
    )
    level = 100.0 * (1_865.0 * math.exp(0.04 * 25 / 365) - 50.0) / 1_850.0
    assert (rows["CNDR"]["action"], rows["CNDR"]["entered_date"]) == ("ROLL", monday)
    assert rows["CNDR"]["index_level"] == pytest.approx(level, rel=1e-14)
