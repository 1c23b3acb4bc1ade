"""The instant of a chain's quotes, read off vols that QuantLib priced with a known time left."""

import datetime as dt
import math
from collections.abc import Iterable

import polars as pl
import pytest
import QuantLib

from transforms.market.quote_clock import read_quote_clock, trading_date
from transforms.market.quotes import type_quotes
from warehouse.tables.raw import RAW_OPTION_QUOTES

VENDOR_FORWARD = 4150.4
VOL = 0.18


def new_york(text: str) -> dt.datetime:
    """An instant of February 2023 (or counted on from there), five hours behind UTC."""
    day, time = text.split()
    return dt.datetime.combine(
        dt.date(2023, 1, 31) + dt.timedelta(days=int(day)), dt.time.fromisoformat(time), dt.UTC
    ) + dt.timedelta(hours=5)


def contracts(expiry: str, settles: str, vendor_thinks: str, root: str = "SPXW") -> list[tuple[str, ...]]:
    """One expiry priced as a vendor prices it who believes it is `vendor_thinks`."""
    years = (new_york(settles) - new_york(vendor_thinks)) / dt.timedelta(days=365)
    total = VOL * math.sqrt(max(years, 0.0))
    rows = []
    for strike in range(4100, 4205, 5):
        for right, kind in (("C", QuantLib.Option.Call), ("P", QuantLib.Option.Put)):
            mid = QuantLib.blackFormula(kind, float(strike), VENDOR_FORWARD, total)
            rows.append((root, expiry, right, str(strike), str(mid - 0.1), str(mid + 0.1), str(VOL)))
    return rows


def quotes(rows: Iterable[tuple[str, ...]]) -> pl.DataFrame:
    raw = pl.DataFrame(
        list(rows), schema=["root", "expiry", "option_right", "strike", "bid", "ask", "vendor_iv"], orient="row"
    ).with_columns(load_id=pl.lit("a"), source_line=pl.int_range(pl.len()))
    return type_quotes(RAW_OPTION_QUOTES.conform(raw).with_columns(source_file=pl.lit("chain.csv"))).rows


def three_expiries(*believed: str) -> list[tuple[str, ...]]:
    days = ("09", "10", "13")
    return [
        row
        for day, when in zip(days, believed, strict=True)
        for row in contracts(f"2023-02-{day}", f"{day} 16:00", when)
    ]


@pytest.mark.parametrize(
    ("instant", "is_trading"),
    [
        ("08 10:00", True),
        ("08 03:00", True),  # overnight
        ("07 21:00", True),  # the evening before belongs to the overnight session
        ("08 16:15", False),  # a true close
        ("08 19:00", False),
        ("04 12:00", False),  # a Saturday: when the file was made
    ],
)
def test_the_clock_reads_the_instant_the_vendor_priced_at(instant: str, is_trading: bool) -> None:
    clock = read_quote_clock(quotes(three_expiries(instant, instant, instant)))
    assert clock is not None
    assert abs(clock.clock_at - new_york(instant)) < dt.timedelta(minutes=1)
    assert clock.spread_minutes < 1
    assert clock.is_trading is is_trading


def test_readings_more_than_twenty_minutes_apart_say_nothing_against_a_close() -> None:
    agreed = read_quote_clock(quotes(three_expiries("08 10:00", "08 10:19", "08 10:05")))
    apart = read_quote_clock(quotes(three_expiries("08 10:00", "08 10:22", "08 10:05")))
    assert agreed is not None
    assert apart is not None
    assert (agreed.is_trading, apart.is_trading) == (True, False)
    assert apart.spread_minutes == pytest.approx(22, abs=0.5)
    assert abs(apart.clock_at - new_york("08 10:05")) < dt.timedelta(minutes=1)  # the median


def test_a_settled_series_has_no_vols_and_is_passed_over() -> None:
    settled = [(*row[:-1], "0") for row in contracts("2023-02-07", "07 16:00", "07 10:00")]
    clock = read_quote_clock(quotes([*settled, *three_expiries("08 03:00", "08 03:00", "08 03:00")]))
    assert clock is not None
    assert clock.is_trading


def test_fewer_than_three_expiries_are_no_clock() -> None:
    two = [row for row in three_expiries("08 10:00", "08 10:00", "08 10:00") if row[1] != "2023-02-13"]
    assert read_quote_clock(quotes(two)) is None
    assert read_quote_clock(quotes((*row[:-1], "0") for row in two)) is None


def test_the_am_settled_root_is_not_read() -> None:
    am = [("SPX", *row[1:]) for row in three_expiries("08 10:00", "08 10:00", "08 10:00")]
    assert read_quote_clock(quotes(am)) is None


@pytest.mark.parametrize(("instant", "is_trading"), [("08 10:00", True), ("08 16:15", False)])
def test_a_vix_chain_is_read_on_its_nearest_monthly(instant: str, is_trading: bool) -> None:
    monthly = contracts("2023-02-15", "15 09:30", instant, root="VIX")
    weekly = contracts("2023-02-08", "08 09:30", "06 12:00", root="VIXW")
    clock = read_quote_clock(quotes(weekly + monthly))
    assert clock is not None
    assert abs(clock.clock_at - new_york(instant)) < dt.timedelta(minutes=1)
    assert clock.is_trading is is_trading
    assert read_quote_clock(quotes(weekly)) is None


def test_a_vix_reading_that_discounting_could_have_made_late_is_no_evidence() -> None:
    """21:20 ET off a monthly five weeks out: at 5% a mid of 16:15, undiscounted, reads as late as that."""
    clock = read_quote_clock(quotes(contracts("2023-03-15", "43 08:30", "07 21:20", root="VIX")))
    assert clock is not None
    assert abs(clock.clock_at - new_york("07 21:20")) < dt.timedelta(minutes=1)
    assert not clock.is_trading


# METHODOLOGY 9.6: overnight 20:15-09:25, on a holiday only to 11:30; regular 09:30-16:00 ET.
@pytest.mark.parametrize(
    ("instant", "belongs_to"),
    [
        ("2023-02-08 01:14", None),  # Tuesday 20:14 ET
        ("2023-02-08 01:15", "2023-02-08"),
        ("2023-02-08 14:25", "2023-02-08"),
        ("2023-02-08 14:27", None),  # between the sessions
        ("2023-02-08 14:30", "2023-02-08"),
        ("2023-02-08 20:59", "2023-02-08"),
        ("2023-02-08 21:00", None),
        ("2023-02-11 02:00", None),  # Friday evening
        ("2023-02-13 02:00", "2023-02-13"),  # Sunday evening
        ("2023-02-20 16:30", "2023-02-20"),  # Presidents' Day, 11:30 ET
        ("2023-02-20 16:31", None),
        ("2023-11-24 18:30", None),  # a half day, after its close at 13:00
    ],
)
def test_trading_hours(instant: str, belongs_to: str | None) -> None:
    found = trading_date(dt.datetime.fromisoformat(instant).replace(tzinfo=dt.UTC))
    assert (found and str(found)) == belongs_to
