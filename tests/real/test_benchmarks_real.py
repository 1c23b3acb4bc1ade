"""The benchmark condor on real closes, and its line beside Cboe's CNDR.

No chain of the real nights overlaps with CNDR's monthly values, which end in 2021. What can be checked is the choice of
contracts, by the vendor's own deltas, and that the rule moves as CNDR does when fed a chain made of VIX and SPX closes.
"""

import datetime as dt
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from flows.sources.recognise import parse
from tests.real.r_data import data_frame
from transforms.book.payoffs import settlement_levels
from transforms.market.calendar import (
    previous_session,
    quote_table_instant,
    session_on_or_before,
    settlement_instant,
    years_to,
)
from transforms.market.expirations import spx_monthly_expiration
from transforms.market.forwards import Mark
from transforms.market.quotes import type_quotes
from transforms.market.rates import par_curve
from transforms.market.surface import price_chain
from transforms.pricing.black76 import delta_forward, price
from transforms.risk.benchmarks import BenchmarkNight, benchmarks
from transforms.risk.reference_contracts import cndr_condor
from warehouse.tables.core import CORE_OPTION_MARKS_DAILY, CORE_SETTLEMENT_VALUES, CORE_VX_SETTLEMENTS_DAILY
from warehouse.tables.mart import MART_BENCHMARKS_DAILY

pytestmark = pytest.mark.real

TARGETS = (-0.05, -0.20, 0.20, 0.05)


@pytest.mark.parametrize(
    ("day", "expiry", "strikes", "credit"),
    [
        # By hand from the files: mids 26.55 + 47.30 - 4.50 - 12.00, and 21.50 + 31.75 - 3.90 - 7.55.
        (dt.date(2022, 2, 4), dt.date(2022, 3, 18), [3710.0, 4175.0, 4700.0, 4870.0], 57.35),
        (dt.date(2023, 2, 7), dt.date(2023, 3, 17), [3640.0, 3950.0, 4345.0, 4500.0], 41.80),
    ],
    ids=str,
)
def test_the_vendors_deltas_say_the_same(
    *, real_data: Path, oracle_dir: Path, day: dt.date, expiry: dt.date, strikes: list[float], credit: float
) -> None:
    chain = real_data / f"chains/quotedata/{day}_close_spx_quotedata.csv"
    (parsed,) = parse(chain.name, chain.read_bytes())
    quotes = type_quotes(parsed.rows.with_columns(load_id=pl.lit("real"), source_file=pl.lit(chain.name))).rows
    yields = pl.read_csv(oracle_dir / "treasury.csv", try_parse_dates=True).filter(night=day)
    curve = par_curve(day, dict(yields.select("tenor_days", pl.col("par_yield_pct") / 100).iter_rows()))
    mark = Mark(session_date=day, quote_at=quote_table_instant(day), curve=curve, vx=CORE_VX_SETTLEMENTS_DAILY.empty())
    monthly = quotes.filter(root="SPX").filter(pl.col("expiry_date").is_between(day, expiry + dt.timedelta(days=40)))
    marks = price_chain(monthly, mark).marks
    chosen = cndr_condor(marks)
    assert (chosen.first("expiry_date"), chosen.strikes, round(-chosen.price_pts, 6)) == (expiry, strikes, credit)
    vendor = chosen.legs.join(
        marks.select("right", "strike_pts", "expiry_date", "vendor_delta"),
        on=["right", "strike_pts", "expiry_date"],
        maintain_order="left",
    )
    assert vendor["vendor_delta"].to_list() == pytest.approx(TARGETS, abs=0.005)


def synthetic_chain(day: dt.date, spx: float, vix: float, rate: float) -> pl.DataFrame:
    """The next two monthlies at vols of VIX x (0.87 - 0.10 z), z = ln(K/F) / (VIX sqrt(T)): a plausible index smile."""
    months = [(day.year + (day.month - 1 + ahead) // 12, (day.month - 1 + ahead) % 12 + 1) for ahead in range(3)]
    expiries = [expiry for expiry in (spx_monthly_expiration(*month) for month in months) if expiry > day][:2]
    strikes = np.arange(spx * 0.55 // 5, spx * 1.35 // 5) * 5.0
    return CORE_OPTION_MARKS_DAILY.conform(
        pl.concat(_expiry(day, expiry, spx, strikes, vix=vix, rate=rate) for expiry in expiries)
    )


def _expiry(
    day: dt.date, expiry: dt.date, spx: float, strikes: npt.NDArray[np.float64], *, vix: float, rate: float
) -> pl.DataFrame:
    years = years_to(settlement_instant("SPX", expiry), quote_table_instant(day))
    forward = spx * np.exp((rate - 0.018) * years)
    vol = vix * (0.87 - 0.10 * np.clip(np.log(strikes / forward) / (vix * np.sqrt(years)), -3, 3))
    sides = []
    for right, cp in (("P", -1.0), ("C", 1.0)):
        terms = {"vol": vol, "years": years, "cp": cp}
        mark = price(forward, strikes, **terms, discount_factor=np.exp(-rate * years))
        quotes = {"strike_pts": strikes, "bid_pts": np.maximum(mark, 1e-6), "ask_pts": mark, "mark_pts": mark}
        greeks = {"delta": delta_forward(forward, strikes, **terms), "theta_pts_per_day": np.zeros(strikes.size)}
        sides.append(pl.DataFrame(quotes | greeks).with_columns(right=pl.lit(right)))
    return pl.concat(sides).with_columns(
        session_date=pl.lit(day),
        root=pl.lit("SPX"),
        underlying=pl.lit("SPX"),
        expiry_date=pl.lit(expiry),
        settlement=pl.lit("AM"),
        forward_pts=pl.lit(forward),
        dte_days=pl.lit((expiry - day).days),
    )


def closes(real_data: Path, name: str) -> dict[dt.date, float]:
    frame = pl.read_csv(real_data / "series/index" / name, try_parse_dates=True)
    return dict(frame.select(pl.first(), pl.col("^(Close|CLOSE)$")).iter_rows())


@pytest.mark.soak
def test_the_line_moves_as_cndr_did_from_2000_to_2021(real_data: Path) -> None:
    """Month ends and roll Fridays only, SET stood in for by the eve's close. Only direction and rank are claimed."""
    cboe = data_frame(real_data / "series/benchmarks/CboeOptionStrategies.rda")
    cboe = cboe.filter(pl.col("date") >= dt.date(1999, 12, 1))
    spx, vix = closes(real_data, "SPX_daily_hlc.csv"), closes(real_data, "vix_daily_iso_dates.csv")
    ends = [session_on_or_before(day) for day in cboe["date"]]
    rolls = [session_on_or_before(spx_monthly_expiration(day.year, day.month)) for day in ends if day.year >= 2000]
    rates = dict(zip(ends, cboe["GS3M"] / 100.0, strict=True))
    levels: dict[dt.date, float] = {}
    previous, rate = MART_BENCHMARKS_DAILY.empty(), rates[ends[0]]
    for day in sorted({*ends[1:], *rolls}):
        eve = pl.DataFrame({"session_date": [day], "symbol": ["SET"], "value_pts": [spx[previous_session(day)]]})
        previous = benchmarks(
            BenchmarkNight(
                session_date=day,
                mark_at=quote_table_instant(day),
                marks=synthetic_chain(day, spx[day], vix[day] / 100.0, rate),
                settlements=settlement_levels(CORE_SETTLEMENT_VALUES.conform(eve)),
                rate_frac=rate,
                spx_close_pts=spx[day],
                previous=previous,
            )
        )
        rate = rates.get(day, rate)
        levels[day] = previous.filter(benchmark="CNDR")["index_level"][0]
    ours = np.array([levels[day] for day in ends[1:]])
    theirs = cboe["CNDR"].to_numpy()[1:]
    ours_moved, theirs_moved = ours[1:] / ours[:-1] - 1, theirs[1:] / theirs[:-1] - 1
    large = np.abs(theirs_moved) > 0.01
    assert ours_moved.size == 263
    assert np.corrcoef(ours_moved, theirs_moved)[0, 1] > 0.85
    assert (np.sign(ours_moved) == np.sign(theirs_moved)).mean() > 0.85
    assert (np.sign(ours_moved) == np.sign(theirs_moved))[large].mean() > 0.92
